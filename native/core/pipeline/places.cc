#include "core/pipeline/places.h"

#include <bit>
#include <cstring>

namespace nacre::pipeline {
namespace {

// Reading 32 KiB that nobody needs is cheaper than one more request.
constexpr unsigned read_bridge = 8;

std::size_t block_bytes(std::uint64_t partition_size, std::uint64_t chunk, unsigned block) {
  const std::size_t in_chunk = chunk_bytes(partition_size, chunk);
  return std::min(block_size, in_chunk - block * block_size);
}

}  // namespace

std::size_t used_bytes(std::uint64_t partition_size, Place place) {
  if (place.mask == 0) return 0;
  const auto last = static_cast<unsigned>(std::bit_width(place.mask)) - 1;
  const auto whole = static_cast<std::size_t>(std::popcount(place.mask)) * block_size;
  return whole - block_size + block_bytes(partition_size, place.chunk, last);
}

void for_each_stretch(std::span<const Place> places, PartitionWindow window, unsigned bridge,
                      const std::function<void(const Stretch&)>& visit) {
  Stretch current;
  for (std::size_t slot = 0; slot < places.size(); slot++) {
    const Place place = places[slot];
    const std::uint64_t chunk_offset = window.offset + place.chunk * chunk_size;
    for (unsigned bits = place.mask; bits != 0;) {
      const auto first = static_cast<unsigned>(std::countr_zero(bits));
      const auto count = static_cast<unsigned>(std::countr_one(bits >> first));
      bits &= ~(((1U << count) - 1U) << first);
      const std::size_t begin = slot * chunk_size + first * block_size;
      const std::size_t length =
          (count - 1) * block_size + block_bytes(window.size, place.chunk, first + count - 1);
      const std::uint64_t disk_offset = chunk_offset + first * block_size;
      const std::size_t gap = begin - (current.buffer_offset + current.length);
      if (current.length != 0 && gap <= bridge * block_size &&
          disk_offset == current.disk_offset + current.length + gap) {
        current.length += gap + length;
        continue;
      }
      if (current.length != 0) visit(current);
      current = {.buffer_offset = begin, .disk_offset = disk_offset, .length = length};
    }
  }
  if (current.length != 0) visit(current);
}

void clear_unused(std::uint64_t partition_size, std::span<const Place> places,
                  MutableBytes buffer) {
  for (std::size_t slot = 0; slot < places.size(); slot++) {
    const Place place = places[slot];
    std::byte* chunk = buffer.data() + slot * chunk_size;
    for (unsigned bits = static_cast<std::uint16_t>(~place.mask); bits != 0;) {
      const auto first = static_cast<unsigned>(std::countr_zero(bits));
      const auto count = static_cast<unsigned>(std::countr_one(bits >> first));
      bits &= ~(((1U << count) - 1U) << first);
      std::memset(chunk + first * block_size, 0, count * block_size);
    }
    // The rest of a last, short block.
    const std::size_t reached = chunk_bytes(partition_size, place.chunk);
    if (reached < chunk_size) std::memset(chunk + reached, 0, chunk_size - reached);
  }
}

void read_places(const BlockReader& source, PartitionWindow window, std::span<const Place> places,
                 MutableBytes buffer) {
  for_each_stretch(places, window, read_bridge, [&](const Stretch& stretch) {
    // A short last block of a partition would make the whole request unaligned, so it goes alone.
    const std::size_t whole = stretch.length - stretch.length % block_size;
    const MutableBytes target = buffer.subspan(stretch.buffer_offset, stretch.length);
    if (whole != 0) source.read(stretch.disk_offset, target.first(whole));
    if (whole != stretch.length) {
      source.read(stretch.disk_offset + whole, target.subspan(whole));
    }
  });
  clear_unused(window.size, places, buffer);
}

bool is_zero(Bytes bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace nacre::pipeline
