#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/bytes.h"
#include "core/file_system/file_system.h"

namespace nacre {

/// Numbers of an ext2/3/4 superblock that say where things lie (kernel
/// Documentation/filesystems/ext4), checked against each other and the partition. Blocks are
/// counted from the partition's start.
struct ExtSuperblock {
  static constexpr std::uint64_t offset = 1024;
  static constexpr std::size_t length = 1024;

  std::uint32_t compat;
  std::uint32_t incompat;
  std::uint32_t ro_compat;
  std::uint32_t block_bytes;
  /// Blocks that one bit of a block bitmap stands for: 1 without bigalloc.
  std::uint32_t cluster_blocks;
  std::uint64_t blocks;
  std::uint32_t first_data_block;
  std::uint32_t blocks_per_group;
  std::uint64_t groups;
  std::uint32_t descriptor_bytes;
  std::uint64_t inode_table_blocks;
  std::uint32_t reserved_gdt_blocks;
  /// First meta block group, only with meta_bg.
  std::uint32_t first_meta_group;
  /// Groups with a copy of the superblock under sparse_super2.
  std::array<std::uint32_t, 2> backup_groups;
  /// Seed of all metadata_csum sums.
  std::uint32_t checksum_seed;
  std::array<std::byte, 16> uuid;

  [[nodiscard]] bool has_compat(std::uint32_t bit) const { return (compat & bit) != 0; }
  [[nodiscard]] bool has_incompat(std::uint32_t bit) const { return (incompat & bit) != 0; }
  [[nodiscard]] bool has_ro_compat(std::uint32_t bit) const { return (ro_compat & bit) != 0; }
  /// Group descriptors carry checksums and flags such as "bitmap not written yet".
  [[nodiscard]] bool has_group_flags() const;
};

/// Feature bits that decide something here.
namespace ext {
constexpr std::uint32_t compat_has_journal = 0x4;
constexpr std::uint32_t compat_sparse_super2 = 0x200;
constexpr std::uint32_t incompat_recover = 0x4;
constexpr std::uint32_t incompat_journal_device = 0x8;
constexpr std::uint32_t incompat_meta_bg = 0x10;
constexpr std::uint32_t incompat_64bit = 0x80;
constexpr std::uint32_t incompat_mmp = 0x100;
constexpr std::uint32_t incompat_checksum_seed = 0x2000;
constexpr std::uint32_t ro_compat_sparse_super = 0x1;
constexpr std::uint32_t ro_compat_gdt_checksum = 0x10;
constexpr std::uint32_t ro_compat_bigalloc = 0x200;
constexpr std::uint32_t ro_compat_metadata_checksum = 0x400;
constexpr std::uint32_t ro_compat_orphan_present = 0x10000;
}  // namespace ext

/// True when the magic number is there.
[[nodiscard]] bool is_ext_superblock(Bytes superblock);
/// True for the superblock of an external journal device, which has no blocks to map.
[[nodiscard]] bool is_ext_journal_device(Bytes superblock);
/// ext2, ext3 or ext4, by the features alone as blkid(8) tells them apart.
[[nodiscard]] FileSystemType ext_type(Bytes superblock);
/// Names of features that no rule here covers, or an empty text.
[[nodiscard]] std::string unknown_ext_features(Bytes superblock);
/// @throws FormatError naming the field, also for a wrong checksum.
[[nodiscard]] ExtSuperblock parse_ext_superblock(Bytes superblock, std::uint64_t partition_size);

}  // namespace nacre
