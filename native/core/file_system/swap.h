#pragma once

#include <optional>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// A Linux swap area version 1, or a hibernated system in one; nothing for anything else.
[[nodiscard]] std::optional<VolumeReport> probe_swap(const BlockReader& partition);

/// Marks the header page: bad-page list, label and UUID. What was swapped out is never captured.
/// @throws FormatError when it is no swap area.
void mark_swap(const BlockReader& partition, UsedBlocks& used);

}  // namespace nacre
