#pragma once

#include <optional>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// ext2, ext3 or ext4; nothing for anything else, nor for an external journal device.
[[nodiscard]] std::optional<VolumeReport> probe_ext(const BlockReader& partition);

/// Marks what the block bitmaps say, and the places that a group whose bitmap was never written
/// must have: superblock and descriptor copies, bitmaps, inode table. @throws FormatError, also for
/// a wrong checksum.
void mark_ext(const BlockReader& partition, UsedBlocks& used);

}  // namespace nacre
