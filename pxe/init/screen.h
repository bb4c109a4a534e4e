#pragma once

#include <string_view>

#include "problem.h"

namespace nacre::init {

/// The serial line that says what the screen says, and takes what a keyboard takes.
inline constexpr const char* kSerialLine = "/dev/ttyS0";

/// Opens the screen and the serial line, as far as the machine has them. Once, by PID 1.
void open_outputs();

/// Text as it comes, to the screen and the serial line.
void show(std::string_view text);

/// One line, with the seconds since the kernel started.
void say(std::string_view line);

/// What, why and what to do.
void say(const Problem& problem);

}  // namespace nacre::init
