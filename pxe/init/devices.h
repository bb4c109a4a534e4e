#pragma once

#include <string>
#include <vector>

namespace nacre::init {

/// The modaliases of all devices that the kernel has found so far, without repetitions.
[[nodiscard]] std::vector<std::string> find_devices();

/// Names in a folder, sorted, without those that begin with a dot; none of a folder that is not
/// there.
[[nodiscard]] std::vector<std::string> names_in(const std::string& folder);

}  // namespace nacre::init
