// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "core/block_store.h"
#include "ntfs/file_volume.h"

namespace nacre::files {

/// The files of an ext2/3/4 volume, by libext2fs. `store` must outlive the result.
/// @throws CodedError VOLUME_UNSUPPORTED for features whose rules the library does not keep,
/// VOLUME_DAMAGED when it refuses the volume.
[[nodiscard]] std::unique_ptr<FileVolume> open_ext(BlockStore& store, bool can_write);

}  // namespace nacre::files
