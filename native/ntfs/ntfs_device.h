// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "ntfs/ntfs_library.h"
#include "ntfs/store_bridge.h"

namespace nacre::files {

/// Private data of a device of libntfs-3g.
struct NtfsDeviceData {
  StoreBridge bridge;
  std::uint32_t sector_size;
  bool can_write;
  std::int64_t position = 0;
};

/// Operations that work on the store of `NtfsDeviceData` and nothing else.
[[nodiscard]] ntfs_device_operations* ntfs_store_operations();

}  // namespace nacre::files
