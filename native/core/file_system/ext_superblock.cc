// Superblock, little-endian u32 unless said: 0 inodes, 4 blocks, 20 first data block, 24 log block
// size, 28 log cluster size, 32 blocks per group, 36 clusters per group, 40 inodes per group, 56
// magic u16 EF53, 76 revision, 88 inode size u16, 92 compat, 96 incompat, 100 ro_compat, 104 UUID,
// 206 reserved GDT blocks u16, 254 descriptor size u16, 260 first meta group, 336 blocks (upper
// half), 373 checksum type u8, 588 backup groups, 624 checksum seed, 1020 checksum.
#include "core/file_system/ext_superblock.h"

#include <algorithm>

#include "core/file_system/crc32c.h"
#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

// Everything up to Linux 6.12, less compression (0x1) and dirdata (0x1000), which no kernel can
// read.
constexpr std::uint32_t known_incompat = 0x3e7de;
// Less has_snapshot (0x80) and replica (0x800), which never reached a kernel.
constexpr std::uint32_t known_ro_compat = 0x1f77f;
// Less lazy_bg (0x40) and the snapshot pair (0x80, 0x100).
constexpr std::uint32_t known_compat = 0x1e3f;

constexpr std::uint32_t ext3_incompat = 0x2 | 0x4 | 0x10;
constexpr std::uint32_t ext2_incompat = 0x2 | 0x10;
constexpr std::uint32_t ext3_ro_compat = 0x1 | 0x2 | 0x4;

// Fewer than mke2fs(8) makes, and more than a crafted volume needs to keep a reader busy.
constexpr std::uint32_t least_blocks_per_group = 256;

std::uint32_t field8(Bytes superblock, std::size_t offset) {
  return little_endian<std::uint8_t>(superblock, offset, "ext superblock");
}
std::uint32_t field16(Bytes superblock, std::size_t offset) {
  return little_endian<std::uint16_t>(superblock, offset, "ext superblock");
}
std::uint32_t field32(Bytes superblock, std::size_t offset) {
  return little_endian<std::uint32_t>(superblock, offset, "ext superblock");
}

void read_block_sizes(Bytes superblock, ExtSuperblock& super) {
  const std::uint32_t log_block = field32(superblock, 24);
  if (log_block > 6) throw FormatError("ext superblock: block size");
  super.block_bytes = 1024U << log_block;
  super.cluster_blocks = 1;
  if (super.has_ro_compat(ext::ro_compat_bigalloc)) {
    const std::uint32_t log_cluster = field32(superblock, 28);
    if (log_cluster < log_block || log_cluster - log_block > 16) {
      throw FormatError("ext superblock: cluster size");
    }
    super.cluster_blocks = 1U << (log_cluster - log_block);
  }
  super.first_data_block = field32(superblock, 20);
  if (super.first_data_block > (log_block == 0 ? 1U : 0U)) {
    throw FormatError("ext superblock: first data block");
  }
}

void read_groups(Bytes superblock, std::uint64_t partition_size, ExtSuperblock& super) {
  super.blocks = field32(superblock, 4);
  if (super.has_incompat(ext::incompat_64bit)) {
    super.blocks |= std::uint64_t{field32(superblock, 336)} << 32U;
  }
  if (super.blocks > partition_size / super.block_bytes) {
    throw FormatError("ext superblock: volume larger than partition");
  }
  if (super.blocks <= super.first_data_block) throw FormatError("ext superblock: blocks");
  super.blocks_per_group = field32(superblock, 32);
  const std::uint64_t bits = std::uint64_t{super.block_bytes} * 8;
  const std::uint64_t clusters_per_group = super.blocks_per_group / super.cluster_blocks;
  if (super.blocks_per_group < least_blocks_per_group || super.blocks_per_group % 8 != 0 ||
      super.blocks_per_group % super.cluster_blocks != 0 || clusters_per_group > bits) {
    throw FormatError("ext superblock: blocks per group");
  }
  const std::uint64_t counted = super.blocks - super.first_data_block;
  super.groups = (counted + super.blocks_per_group - 1) / super.blocks_per_group;
}

void read_inode_tables(Bytes superblock, ExtSuperblock& super) {
  const std::uint64_t inode_bytes = field32(superblock, 76) == 0 ? 128 : field16(superblock, 88);
  if (!is_power_of_two(inode_bytes) || inode_bytes < 128 || inode_bytes > super.block_bytes) {
    throw FormatError("ext superblock: inode size");
  }
  const std::uint64_t inodes = field32(superblock, 40);
  if (inodes == 0 || inodes > std::uint64_t{super.block_bytes} * 8) {
    throw FormatError("ext superblock: inodes per group");
  }
  super.inode_table_blocks = (inodes * inode_bytes + super.block_bytes - 1) / super.block_bytes;
}

void read_descriptors(Bytes superblock, ExtSuperblock& super) {
  super.descriptor_bytes = 32;
  if (super.has_incompat(ext::incompat_64bit)) {
    super.descriptor_bytes = field16(superblock, 254);
    if (!is_power_of_two(super.descriptor_bytes) || super.descriptor_bytes < 64 ||
        super.descriptor_bytes > 1024) {
      throw FormatError("ext superblock: descriptor size");
    }
  }
  super.reserved_gdt_blocks = field16(superblock, 206);
  if (super.reserved_gdt_blocks > super.block_bytes / 4) {
    throw FormatError("ext superblock: reserved GDT blocks");
  }
  super.first_meta_group =
      super.has_incompat(ext::incompat_meta_bg) ? field32(superblock, 260) : 0xffffffffU;
  super.backup_groups = {field32(superblock, 588), field32(superblock, 592)};
}

void read_checksum_seed(Bytes superblock, ExtSuperblock& super) {
  const Bytes uuid = superblock.subspan(104, 16);
  std::copy(uuid.begin(), uuid.end(), super.uuid.begin());
  if (!super.has_ro_compat(ext::ro_compat_metadata_checksum)) return;
  if (field8(superblock, 373) != 1) throw FormatError("ext superblock: checksum type");
  if (crc32c(0xffffffffU, superblock.first(1020)) != field32(superblock, 1020)) {
    throw FormatError("ext superblock: checksum");
  }
  super.checksum_seed = super.has_incompat(ext::incompat_checksum_seed) ? field32(superblock, 624)
                                                                        : crc32c(0xffffffffU, uuid);
}

std::string list_bits(const char* kind, std::uint32_t bits) {
  return bits == 0 ? "" : std::string(" ") + kind + " 0x" + hex_text(bits, 8, false);
}

}  // namespace

bool ExtSuperblock::has_group_flags() const {
  return has_ro_compat(ext::ro_compat_gdt_checksum | ext::ro_compat_metadata_checksum);
}

bool is_ext_superblock(Bytes superblock) { return field16(superblock, 56) == 0xef53; }

bool is_ext_journal_device(Bytes superblock) {
  return (field32(superblock, 96) & ext::incompat_journal_device) != 0;
}

FileSystemType ext_type(Bytes superblock) {
  const std::uint32_t incompat = field32(superblock, 96);
  const std::uint32_t ro_compat = field32(superblock, 100);
  const bool has_journal = (field32(superblock, 92) & ext::compat_has_journal) != 0;
  if ((ro_compat & ~ext3_ro_compat) != 0 || (incompat & ~ext3_incompat) != 0) {
    return FileSystemType::ext4;
  }
  if (has_journal) return FileSystemType::ext3;
  return (incompat & ~ext2_incompat) != 0 ? FileSystemType::ext4 : FileSystemType::ext2;
}

std::string unknown_ext_features(Bytes superblock) {
  return list_bits("compat", field32(superblock, 92) & ~known_compat) +
         list_bits("incompat", field32(superblock, 96) & ~known_incompat) +
         list_bits("ro_compat", field32(superblock, 100) & ~known_ro_compat);
}

ExtSuperblock parse_ext_superblock(Bytes superblock, std::uint64_t partition_size) {
  if (!is_ext_superblock(superblock)) throw FormatError("ext superblock: magic");
  ExtSuperblock super{};
  super.compat = field32(superblock, 92);
  super.incompat = field32(superblock, 96);
  super.ro_compat = field32(superblock, 100);
  read_checksum_seed(superblock, super);
  read_block_sizes(superblock, super);
  read_groups(superblock, partition_size, super);
  read_inode_tables(superblock, super);
  read_descriptors(superblock, super);
  return super;
}

}  // namespace nacre
