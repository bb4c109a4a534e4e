#include "core/used_blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace nacre {
namespace {

std::uint64_t block_count_of(std::uint64_t size_bytes) {
  return size_bytes / UsedBlocks::block_size + (size_bytes % UsedBlocks::block_size != 0 ? 1 : 0);
}

std::byte bit_of(std::uint64_t block) { return std::byte{1} << static_cast<int>(block % 8); }

}  // namespace

// Room for whole 64-bit words, so that scans need no special case at the end.
UsedBlocks::UsedBlocks(std::uint64_t size_bytes)
    : size_bytes_(size_bytes),
      block_count_(block_count_of(size_bytes)),
      bits_((block_count_ / 64 + 1) * 8) {}

void UsedBlocks::mark(std::uint64_t offset, std::uint64_t length) {
  if (length == 0 || offset >= size_bytes_) return;
  const std::uint64_t last_byte = offset + std::min(length, size_bytes_ - offset) - 1;
  std::uint64_t block = offset / block_size;
  const std::uint64_t end = last_byte / block_size + 1;
  std::byte* bits = bits_.data();
  for (; block < end && block % 8 != 0; block++) bits[block / 8] |= bit_of(block);
  const std::uint64_t whole_bytes = block < end ? (end - block) / 8 : 0;
  if (whole_bytes > 0) std::memset(bits + block / 8, 0xff, whole_bytes);
  for (block += whole_bytes * 8; block < end; block++) bits[block / 8] |= bit_of(block);
}

void UsedBlocks::clear(std::uint64_t offset, std::uint64_t length) {
  if (length == 0 || offset >= size_bytes_) return;
  const std::uint64_t end_byte = offset + std::min(length, size_bytes_ - offset);
  const std::uint64_t end = end_byte == size_bytes_ ? block_count_ : end_byte / block_size;
  for (std::uint64_t block = block_count_of(offset); block < end; block++) {
    bits_.data()[block / 8] &= ~bit_of(block);
  }
}

void UsedBlocks::mark_all() { mark(0, size_bytes_); }

bool UsedBlocks::test(std::uint64_t block) const {
  return block < block_count_ && (bits_.data()[block / 8] & bit_of(block)) != std::byte{0};
}

std::uint16_t UsedBlocks::chunk_mask(std::uint64_t chunk) const {
  if (chunk >= chunk_count()) return 0;
  const auto* bytes = bits_.data() + chunk * 2;
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[0]) |
                                    std::to_integer<unsigned>(bytes[1]) << 8U);
}

std::uint64_t UsedBlocks::next_used_chunk(std::uint64_t from) const {
  const std::uint64_t count = chunk_count();
  while (from < count) {
    if (from % 4 == 0) {
      std::uint64_t word = 0;
      std::memcpy(&word, bits_.data() + from * 2, sizeof word);
      if (word == 0) {
        from += 4;
        continue;
      }
    }
    if (chunk_mask(from) != 0) return from;
    from++;
  }
  return count;
}

std::uint64_t UsedBlocks::used_bytes() const {
  std::uint64_t blocks = 0;
  for (std::uint64_t chunk = next_used_chunk(0); chunk < chunk_count();
       chunk = next_used_chunk(chunk + 1)) {
    blocks += static_cast<std::uint64_t>(std::popcount(chunk_mask(chunk)));
  }
  const std::uint64_t missing = block_count_ * block_size - size_bytes_;
  return blocks * block_size - (block_count_ > 0 && test(block_count_ - 1) ? missing : 0);
}

}  // namespace nacre
