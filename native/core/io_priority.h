#pragma once

namespace nacre {

/// Gives the reads and writes of every thread of this process the lowest priority that still gets
/// on when others are busy; threads that start later have that of the one which starts them.
/// @returns false where the kernel has no such thing.
[[nodiscard]] bool lower_io_priority();

}  // namespace nacre
