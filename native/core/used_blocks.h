#pragma once

#include <cstdint>

#include "core/zero_pages.h"

namespace nacre {

/// Which 4 KiB blocks of a partition hold data. Block 0 starts at the partition's first byte; a
/// last, shorter block counts as one. Finer file-system clusters make a block used when any of them
/// is (design.md section 4). The bits live in pages that cost memory only once something in them is
/// used.
class UsedBlocks {
 public:
  static constexpr std::uint64_t block_size = 4096;

  /// A map with nothing used, for a partition of `size_bytes`.
  explicit UsedBlocks(std::uint64_t size_bytes);

  /// Marks every block that the bytes [offset, offset + length) touch; what lies outside is
  /// ignored.
  void mark(std::uint64_t offset, std::uint64_t length);
  /// Takes back blocks that lie wholly inside [offset, offset + length).
  void clear(std::uint64_t offset, std::uint64_t length);
  void mark_all();

  [[nodiscard]] bool test(std::uint64_t block) const;
  /// The 16 bits of one 64 KiB chunk; bit 0 is its first block. Blocks past the end are 0.
  [[nodiscard]] std::uint16_t chunk_mask(std::uint64_t chunk) const;
  /// First chunk >= `from` with a used block, or `chunk_count()`.
  [[nodiscard]] std::uint64_t next_used_chunk(std::uint64_t from) const;

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] std::uint64_t block_count() const { return block_count_; }
  [[nodiscard]] std::uint64_t chunk_count() const { return (block_count_ + 15) / 16; }
  /// Bytes in used blocks; a last, shorter block counts with its real length.
  [[nodiscard]] std::uint64_t used_bytes() const;

 private:
  std::uint64_t size_bytes_;
  std::uint64_t block_count_;
  ZeroPages bits_;
};

}  // namespace nacre
