#pragma once

#include <cstdint>

#include "core/bytes.h"
#include "core/used_blocks.h"

namespace nacre {

/// Where the bits of an allocation bitmap lie: bit i stands for the `unit` bytes at `offset` + i *
/// `unit`.
struct BitmapPlace {
  std::uint64_t offset;
  std::uint64_t unit;
};

/// Marks what the first `count` bits say is used; bit 0 of byte 0 comes first.
/// @throws FormatError when `bits` is shorter than `count` bits.
void mark_set_bits(Bytes bits, std::uint64_t count, BitmapPlace place, UsedBlocks& used);

}  // namespace nacre
