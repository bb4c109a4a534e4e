#pragma once

#include <cstdint>

#include "core/file_system/ntfs_volume.h"

namespace nacre {

/// What the newer restart page of $LogFile says.
enum class NtfsLogState : std::uint8_t {
  /// Closed by its driver, or empty.
  closed,
  /// A client still has it open, or it has no restart page.
  open,
  /// Version 2.0: Windows keeps metadata for its next, fast start (or was cut off while running).
  fast_start
};

/// @throws FormatError when the file itself cannot be read.
[[nodiscard]] NtfsLogState ntfs_log_state(NtfsVolume& volume);

}  // namespace nacre
