#pragma once

#include "core/block_reader.h"

namespace nacre {

/// True when a disk begins with a file system or volume of its own instead of a partition table.
/// Boot sectors of FAT and NTFS end in 55 AA like an MBR; their parameter block tells them apart.
[[nodiscard]] bool holds_bare_file_system(const BlockReader& disk);

}  // namespace nacre
