#pragma once

#include <cstdint>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// Recognises what a partition holds, reading its headers only. Raw where nothing is known, where
/// keeping every byte is the only right way (`reason` then names it), and where two file systems
/// both claim it. Never throws for what the bytes say; @throws OsError when the device fails.
[[nodiscard]] VolumeReport probe_volume(const BlockReader& partition);

/// Marks the used blocks of a volume that `probe_volume` gave `type` for; raw marks everything.
/// Bitmaps are read in pieces of at most 1 MiB. @throws FormatError when the volume contradicts
/// itself.
void mark_used(const BlockReader& partition, FileSystemType type, UsedBlocks& used);

/// Smallest partition, in bytes from its start, that holds the volume and every used block of it.
[[nodiscard]] std::uint64_t minimum_bytes(const VolumeReport& report, const UsedBlocks& used);

}  // namespace nacre
