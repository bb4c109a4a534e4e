#pragma once

#include <string>

namespace nacre::init {

/// Loads a group of kernel modules in the order of /modules/GROUP. A driver without its hardware is
/// no failure; what fails is said, and the rest goes on.
void load_modules(const std::string& group);

}  // namespace nacre::init
