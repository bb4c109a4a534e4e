#pragma once

#include <string>
#include <vector>

#include "core/linux/sysfs.h"

namespace nacre {

/// Who uses a whole disk with all its partitions, or one partition, directly or through what is
/// stacked upon it: mounts, swap, device mapper, md, LVM, bcache, btrfs, loop devices.
[[nodiscard]] std::vector<DeviceUse> uses_of_block(const SystemRoots& roots, const BlockNode& node);

/// Who uses a regular file as a disk or as swap: loop devices that are in use themselves, and
/// mounts.
[[nodiscard]] std::vector<DeviceUse> uses_of_file(const SystemRoots& roots,
                                                  const std::string& path);

}  // namespace nacre
