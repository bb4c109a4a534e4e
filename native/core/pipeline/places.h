#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/block_reader.h"
#include "core/bytes.h"
#include "core/pipeline/layout.h"

namespace nacre::pipeline {

/// A range of a partition, from its first byte.
struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// A chunk of a partition with its used blocks. In a job, the chunk of place i lies in slot i of a
/// buffer, at i x 64 KiB.
struct Place {
  std::uint64_t chunk = 0;
  std::uint16_t mask = 0;
};

/// A partition's window on a device.
struct PartitionWindow {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Bytes next to each other both in a job's buffer and on the device.
struct Stretch {
  std::size_t buffer_offset = 0;
  std::uint64_t disk_offset = 0;
  std::size_t length = 0;
};

/// Bytes in the used blocks of a place; the partition's last block counts with its real length.
[[nodiscard]] std::size_t used_bytes(std::uint64_t partition_size, Place place);

/// Calls `visit` for the blocks of the masks in order, as few long stretches. Unused gaps of up to
/// `bridge` blocks inside one stretch are taken along. Stretches end at the partition's end.
void for_each_stretch(std::span<const Place> places, PartitionWindow window, unsigned bridge,
                      const std::function<void(const Stretch&)>& visit);

/// Fills the slots of `buffer` with the used blocks of `places` and zero bytes elsewhere.
/// @throws what `source` throws.
void read_places(const BlockReader& source, PartitionWindow window, std::span<const Place> places,
                 MutableBytes buffer);

/// Makes everything in the slots zero that no mask names, also past the partition's end.
void clear_unused(std::uint64_t partition_size, std::span<const Place> places, MutableBytes buffer);

/// True when all bytes are zero.
[[nodiscard]] bool is_zero(Bytes bytes);

}  // namespace nacre::pipeline
