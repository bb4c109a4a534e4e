#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nacre::init {

/// One driver of a group: a line of /modules/GROUP, which pxe/make/modules writes.
struct Driver {
  /// Its modules in the order of loading: what it needs first, itself last.
  std::vector<std::string> modules;
  /// Which devices want it, as the kernel's modules say it (aliases, with `*`, `?` and `[…]`).
  std::vector<std::string> patterns;

  bool operator==(const Driver&) const = default;
};

/// The drivers of a text, one a line: words with a colon are patterns, all others modules. A line
/// without a module is none.
[[nodiscard]] std::vector<Driver> parse_drivers(std::string_view text);

/// True when one of the devices, each with its modalias, wants the driver; a driver that names no
/// devices is wanted always.
[[nodiscard]] bool is_wanted(const Driver& driver, const std::vector<std::string>& devices);

}  // namespace nacre::init
