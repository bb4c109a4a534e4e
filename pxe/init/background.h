#pragma once

namespace nacre::init {

/// Starts a process that gets the processor when nobody else wants it. True in that process, which
/// must end or go on for itself; false in the caller, also when there can be no other process.
[[nodiscard]] bool fork_background();

}  // namespace nacre::init
