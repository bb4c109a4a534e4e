#pragma once

namespace nacre::init {

/// How the main program ends: what PID 1 does then. Anything else is a failure.
inline constexpr int kExitRestart = 0;
inline constexpr int kExitPowerOff = 10;
/// The failure was shown already.
inline constexpr int kExitShown = 11;

/// All of the start, in a process of its own: loads drivers, finds the partitions, reads what
/// boots, fetches the Node part, and becomes the main program. Returns only when there is none to
/// become.
int start_merlin() noexcept;

}  // namespace nacre::init
