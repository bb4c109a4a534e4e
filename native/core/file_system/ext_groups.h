#pragma once

#include <cstdint>
#include <vector>

#include "core/file_system/ext_superblock.h"
#include "core/file_system/metadata_reader.h"
#include "core/used_blocks.h"

namespace nacre {

/// The block groups of an ext2/3/4 volume, walked once in order.
class ExtGroups {
 public:
  ExtGroups(MetadataReader& reader, const ExtSuperblock& super) : reader_(reader), super_(super) {}

  /// @throws FormatError for a descriptor or bitmap that cannot be, or whose checksum is wrong.
  void mark(UsedBlocks& used);

 private:
  struct Descriptor {
    std::uint64_t block_bitmap;
    std::uint64_t inode_bitmap;
    std::uint64_t inode_table;
    std::uint16_t flags;
    std::uint32_t bitmap_checksum;
    std::uint32_t bitmap_checksum_mask;
  };

  [[nodiscard]] bool has_superblock(std::uint64_t group) const;
  [[nodiscard]] std::uint64_t first_block(std::uint64_t group) const;
  [[nodiscard]] std::uint64_t superblock_place(std::uint64_t group) const;
  [[nodiscard]] std::uint64_t descriptor_block(std::uint64_t index) const;
  [[nodiscard]] Descriptor descriptor(std::uint64_t group);
  void check_descriptor(std::uint64_t group, Bytes bytes) const;
  void mark_blocks(std::uint64_t first, std::uint64_t count, UsedBlocks& used) const;
  void mark_bitmap(std::uint64_t group, const Descriptor& descriptor, UsedBlocks& used);
  void mark_copies(std::uint64_t group, UsedBlocks& used) const;

  MetadataReader& reader_;
  const ExtSuperblock& super_;
  std::vector<std::byte> table_;
  std::uint64_t table_index_ = UINT64_MAX;
};

}  // namespace nacre
