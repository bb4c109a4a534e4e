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

/// What a device says it is: MODALIAS of its file `uevent` in /sys; empty when it does not say. Not
/// all have a file `modalias`: cards of SD and eMMC have none.
[[nodiscard]] std::string modalias_of(std::string_view uevent);

/// True when one of the devices, each with its modalias, wants the driver; a driver that names no
/// devices is wanted always.
[[nodiscard]] bool is_wanted(const Driver& driver, const std::vector<std::string>& devices);

}  // namespace nacre::init
