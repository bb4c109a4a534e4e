#pragma once

#include <optional>

#include "core/block_reader.h"
#include "core/file_system/file_system.h"
#include "core/used_blocks.h"

namespace nacre {

/// exFAT; nothing for anything else. TexFAT (two FATs) is `unsupported`.
/// PartitionOffset is no positional field: every value is valid (specification 3.1.3), only INT 13h
/// boot code reads it, and a change would need new checksums over both boot regions. It stays as it
/// was captured.
[[nodiscard]] std::optional<VolumeReport> probe_exfat(const BlockReader& partition);

/// Marks everything before the cluster heap and the clusters of the allocation bitmap. @throws
/// FormatError
void mark_exfat(const BlockReader& partition, UsedBlocks& used);

}  // namespace nacre
