#pragma once

#include "core/block_store.h"
#include "core/fat/geometry.h"

namespace nacre::fat {

/// Makes an empty FAT volume. The old boot sector goes first and the new one comes last, each with
/// a flush, so that nothing in between looks like a volume. Bytes of the data area stay.
///
/// @throws CodedError FAT_SIZE_UNFIT before anything is written; OsError
Geometry format(BlockStore& store, const FormatOptions& options);

}  // namespace nacre::fat
