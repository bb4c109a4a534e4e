#pragma once

#include <optional>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// XFS version 4 or 5; nothing for anything else. State `journal` unless the log ends with an
/// unmount record.
[[nodiscard]] std::optional<VolumeReport> probe_xfs(const BlockReader& partition);

/// Marks what no free-space record covers. The few blocks of each AG's free list count as used: XFS
/// writes them before it reads them, and keeping them needs no trust in that list. @throws
/// FormatError, also for a wrong checksum.
void mark_xfs(const BlockReader& partition, UsedBlocks& used);

}  // namespace nacre
