#pragma once

#include <optional>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// NTFS; nothing for anything else.
[[nodiscard]] std::optional<VolumeReport> probe_ntfs(const BlockReader& partition);

/// Marks the clusters of $Bitmap, what lies between the last whole cluster and the backup boot
/// sector, and that sector: it comes after the volume's own last one, or in the partition's last.
/// @throws FormatError
void mark_ntfs(const BlockReader& partition, UsedBlocks& used);

}  // namespace nacre
