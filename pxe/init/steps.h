#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nacre::init {

/// One line of the file /steps, which the build makes from the `run` files of the hooks.
struct Step {
  /// "disk": before the decision block is read; "node": after it; "late": while Node starts.
  std::string stage;
  /// "load" a group of modules, or "start" the main program.
  std::string verb;
  std::vector<std::string> words;

  bool operator==(const Step&) const = default;
};

/// Words of a text between blanks.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

/// The steps of a text; empty lines and those that start with `#` are none.
[[nodiscard]] std::vector<Step> parse_steps(std::string_view text);

/// The value of NAME=VALUE in the kernel's command line, of several the last; empty without one.
[[nodiscard]] std::string option_of(std::string_view command_line, std::string_view name);

}  // namespace nacre::init
