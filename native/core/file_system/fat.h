#pragma once

#include <optional>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// FAT12, FAT16 or FAT32; nothing for anything else.
[[nodiscard]] std::optional<VolumeReport> probe_fat(const BlockReader& partition);

/// Marks the reserved sectors, every FAT, the root directory and all clusters whose entry in the
/// active FAT is neither free nor bad. @throws FormatError
void mark_fat(const BlockReader& partition, UsedBlocks& used);

}  // namespace nacre
