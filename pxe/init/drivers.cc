#include "drivers.h"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "steps.h"

namespace nacre::init {
namespace {

bool fits(const std::string& pattern, const std::string& device) {
  // Nearly all patterns end here: they name another bus or maker.
  const std::string_view fixed = std::string_view(pattern).substr(0, pattern.find_first_of("*?["));
  return device.starts_with(fixed) && fnmatch(pattern.c_str(), device.c_str(), 0) == 0;
}

}  // namespace

std::vector<Driver> parse_drivers(std::string_view text) {
  std::vector<Driver> drivers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    Driver driver;
    for (std::string& word : words_of(line)) {
      const bool is_pattern = word.find(':') != std::string::npos;
      (is_pattern ? driver.patterns : driver.modules).push_back(std::move(word));
    }
    if (!driver.modules.empty()) drivers.push_back(std::move(driver));
  }
  return drivers;
}

std::string modalias_of(std::string_view uevent) {
  constexpr std::string_view kName = "MODALIAS=";
  while (!uevent.empty()) {
    const std::string_view line = uevent.substr(0, uevent.find('\n'));
    uevent.remove_prefix(std::min(uevent.size(), line.size() + 1));
    if (line.starts_with(kName)) return std::string(line.substr(kName.size()));
  }
  return {};
}

bool is_wanted(const Driver& driver, const std::vector<std::string>& devices) {
  if (driver.patterns.empty()) return true;
  return std::ranges::any_of(driver.patterns, [&devices](const std::string& pattern) {
    return std::ranges::any_of(
        devices, [&pattern](const std::string& device) { return fits(pattern, device); });
  });
}

}  // namespace nacre::init
