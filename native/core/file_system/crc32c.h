#pragma once

#include <cstdint>

#include "core/bytes.h"

namespace nacre {

/// CRC-32C (Castagnoli) continued from `seed`, without inversion at either end: ext4 starts with
/// all ones and stores the result; XFS also starts with all ones and stores the inverse.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t seed, Bytes bytes);

}  // namespace nacre
