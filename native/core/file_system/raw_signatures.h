#pragma once

#include <string>

#include "core/block_reader.h"

namespace nacre {

/// Name of what owns a whole partition even when a file system seems to start in it: encryption,
/// volume managers, members of a RAID. Empty when there is none.
[[nodiscard]] std::string raw_owner_name(const BlockReader& partition);

/// Name of a file system that has no reader here, for a partition that nothing else recognised.
/// Some of these signatures are two bytes long. Empty when none is known.
[[nodiscard]] std::string raw_content_name(const BlockReader& partition);

}  // namespace nacre
