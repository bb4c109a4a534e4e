#pragma once

#include <string>
#include <vector>

#include "core/device_info.h"

namespace nacre {

/// Makes the kernel show exactly `wanted` (paths are ignored) on a whole disk, whatever tables it
/// can read itself: BLKPG where partitions changed, else BLKRRPART. Partitions that stay as they
/// are keep their nodes, and lose what their page caches hold from before. A file has no
/// partitions: nothing happens.
/// @returns what the kernel shows afterwards.
/// @throws OsError; EBUSY when a partition that must go or shrink is in use.
std::vector<KernelPartition> refresh_kernel_partitions(const std::string& path,
                                                       const std::vector<KernelPartition>& wanted,
                                                       const SystemRoots& roots = {});

}  // namespace nacre
