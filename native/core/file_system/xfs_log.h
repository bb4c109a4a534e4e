#pragma once

#include "core/file_system/metadata_reader.h"
#include "core/file_system/xfs_superblock.h"

namespace nacre {

/// True when the internal log's last record is an unmount record (or the log was never written), so
/// that every change is in its place. A log that cannot be read in its own terms gives false.
[[nodiscard]] bool is_xfs_log_clean(MetadataReader& reader, const XfsSuperblock& super);

}  // namespace nacre
