// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include "core/block_store.h"
#include "ntfs/file_volume.h"

namespace nacre::files {

/// The files of an NTFS volume, by libntfs-3g. Names are looked up without regard to case, as
/// Windows does. `store` must outlive the result.
/// @throws CodedError VOLUME_DIRTY, VOLUME_HIBERNATED, VOLUME_DAMAGED when the library refuses it.
[[nodiscard]] std::unique_ptr<FileVolume> open_ntfs(BlockStore& store, std::uint32_t sector_size,
                                                    bool can_write);

}  // namespace nacre::files
