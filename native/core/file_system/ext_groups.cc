// Group descriptor: 0 block bitmap u32, 4 inode bitmap, 8 inode table, 18 flags u16 (bit 1: block
// bitmap not written), 24 bitmap checksum u16, 30 checksum u16; with 64bit the upper halves at 32,
// 36, 40 and 56.
#include "core/file_system/ext_groups.h"

#include <algorithm>
#include <array>

#include "core/file_system/bitmap.h"
#include "core/file_system/crc32c.h"

namespace nacre {
namespace {

constexpr std::uint32_t block_bitmap_unwritten = 0x2;
constexpr std::size_t checksum_offset = 30;

/// CRC-16/ARC, the sum of descriptors under uninit_bg.
std::uint32_t crc16(std::uint32_t seed, Bytes bytes) {
  std::uint32_t value = seed;
  for (const std::byte byte : bytes) {
    value ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; bit++) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xa001U : 0U);
    }
  }
  return value;
}

bool is_power_of(std::uint64_t value, std::uint64_t base) {
  while (value % base == 0) value /= base;
  return value == 1;
}

}  // namespace

bool ExtGroups::has_superblock(std::uint64_t group) const {
  if (group == 0) return true;
  if (super_.has_compat(ext::compat_sparse_super2)) {
    return group == super_.backup_groups[0] || group == super_.backup_groups[1];
  }
  if (!super_.has_ro_compat(ext::ro_compat_sparse_super) || group == 1) return true;
  return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

std::uint64_t ExtGroups::first_block(std::uint64_t group) const {
  return super_.first_data_block + group * super_.blocks_per_group;
}

// With 1 KiB blocks and bigalloc group 0 starts at block 0, but its superblock still lies in
// block 1.
std::uint64_t ExtGroups::superblock_place(std::uint64_t group) const {
  const std::uint64_t first = first_block(group);
  return first == 0 && super_.block_bytes == 1024 ? 1 : first;
}

// Descriptors follow the superblock; with meta_bg, from a certain group on, each block of them lies
// in the first group that it describes.
std::uint64_t ExtGroups::descriptor_block(std::uint64_t index) const {
  if (index < super_.first_meta_group) return superblock_place(0) + 1 + index;
  const std::uint64_t group = index * (super_.block_bytes / super_.descriptor_bytes);
  return superblock_place(group) + (has_superblock(group) ? 1 : 0);
}

void ExtGroups::check_descriptor(std::uint64_t group, Bytes bytes) const {
  if (!super_.has_group_flags()) return;
  std::array<std::byte, 4> number{};
  put_little_endian<std::uint32_t>(number, 0, static_cast<std::uint32_t>(group));
  const std::array<std::byte, 2> no_checksum{};
  const Bytes before = bytes.first(checksum_offset);
  const Bytes after = bytes.subspan(checksum_offset + 2);
  std::uint32_t sum = 0;
  if (super_.has_ro_compat(ext::ro_compat_metadata_checksum)) {
    sum = crc32c(crc32c(super_.checksum_seed, number), before);
    sum = crc32c(crc32c(sum, no_checksum), after);
  } else {
    sum = crc16(crc16(crc16(0xffff, super_.uuid), number), before);
    if (super_.has_incompat(ext::incompat_64bit)) sum = crc16(sum, after);
  }
  if (little_endian<std::uint16_t>(bytes, checksum_offset, "ext") != (sum & 0xffffU)) {
    throw FormatError("ext group descriptor: checksum of group " + std::to_string(group));
  }
}

ExtGroups::Descriptor ExtGroups::descriptor(std::uint64_t group) {
  const std::uint64_t per_block = super_.block_bytes / super_.descriptor_bytes;
  if (group / per_block != table_index_) {
    const std::uint64_t block = descriptor_block(group / per_block);
    table_ = reader_.read(block * super_.block_bytes, super_.block_bytes, "ext group descriptors");
    table_index_ = group / per_block;
  }
  const Bytes bytes =
      slice(table_, static_cast<std::size_t>(group % per_block) * super_.descriptor_bytes,
            super_.descriptor_bytes, "ext group descriptor");
  check_descriptor(group, bytes);
  const bool is_wide = super_.descriptor_bytes >= 64;
  const auto block_number = [&](std::size_t low, std::size_t high) {
    const std::uint64_t number =
        little_endian<std::uint32_t>(bytes, low, "ext") |
        (is_wide ? std::uint64_t{little_endian<std::uint32_t>(bytes, high, "ext")} << 32U : 0);
    if (number == 0 || number < super_.first_data_block || number >= super_.blocks) {
      throw FormatError("ext group descriptor: block of group " + std::to_string(group));
    }
    return number;
  };
  Descriptor found{};
  found.block_bitmap = block_number(0, 32);
  found.inode_bitmap = block_number(4, 36);
  found.inode_table = block_number(8, 40);
  found.flags = little_endian<std::uint16_t>(bytes, 18, "ext");
  found.bitmap_checksum = little_endian<std::uint16_t>(bytes, 24, "ext");
  found.bitmap_checksum_mask = 0xffff;
  if (is_wide) {
    found.bitmap_checksum |= std::uint32_t{little_endian<std::uint16_t>(bytes, 56, "ext")} << 16U;
    found.bitmap_checksum_mask = 0xffffffff;
  }
  return found;
}

// Whole clusters: under bigalloc the rest of a cluster belongs to nobody else.
void ExtGroups::mark_blocks(std::uint64_t first, std::uint64_t count, UsedBlocks& used) const {
  const std::uint64_t unit = super_.cluster_blocks;
  const std::uint64_t base = super_.first_data_block;
  const std::uint64_t start = (first - base) / unit * unit + base;
  const std::uint64_t end =
      std::min((first - base + count + unit - 1) / unit * unit + base, super_.blocks);
  if (start < end) used.mark(start * super_.block_bytes, (end - start) * super_.block_bytes);
}

void ExtGroups::mark_bitmap(std::uint64_t group, const Descriptor& descriptor, UsedBlocks& used) {
  const std::vector<std::byte> bits = reader_.read(descriptor.block_bitmap * super_.block_bytes,
                                                   super_.block_bytes, "ext block bitmap");
  const std::uint64_t clusters_per_group = super_.blocks_per_group / super_.cluster_blocks;
  if (super_.has_ro_compat(ext::ro_compat_metadata_checksum)) {
    const Bytes summed = Bytes(bits).first(static_cast<std::size_t>(clusters_per_group / 8));
    const std::uint32_t sum = crc32c(super_.checksum_seed, summed);
    if ((sum & descriptor.bitmap_checksum_mask) != descriptor.bitmap_checksum) {
      throw FormatError("ext block bitmap: checksum of group " + std::to_string(group));
    }
  }
  const std::uint64_t first = first_block(group);
  const std::uint64_t blocks =
      std::min<std::uint64_t>(super_.blocks_per_group, super_.blocks - first);
  const std::uint64_t clusters = (blocks + super_.cluster_blocks - 1) / super_.cluster_blocks;
  const BitmapPlace place{first * super_.block_bytes,
                          std::uint64_t{super_.block_bytes} * super_.cluster_blocks};
  mark_set_bits(bits, clusters, place, used);
}

void ExtGroups::mark_copies(std::uint64_t group, UsedBlocks& used) const {
  const std::uint64_t per_block = super_.block_bytes / super_.descriptor_bytes;
  const std::uint64_t index = group / per_block;
  const std::uint64_t place = superblock_place(group);
  const bool has_super = has_superblock(group);
  if (has_super) mark_blocks(place, 1, used);
  if (index >= super_.first_meta_group) {
    const std::uint64_t member = group % per_block;
    if (member <= 1 || member == per_block - 1) mark_blocks(place + (has_super ? 1 : 0), 1, used);
  } else if (has_super) {
    const std::uint64_t all = (super_.groups + per_block - 1) / per_block;
    const std::uint64_t count = super_.has_incompat(ext::incompat_meta_bg)
                                    ? super_.first_meta_group
                                    : all + super_.reserved_gdt_blocks;
    mark_blocks(place + 1, count, used);
  }
}

void ExtGroups::mark(UsedBlocks& used) {
  // The boot block, which no bitmap counts where blocks are 1 KiB.
  used.mark(0, 1024);
  for (std::uint64_t group = 0; group < super_.groups; group++) {
    const Descriptor found = descriptor(group);
    mark_blocks(found.block_bitmap, 1, used);
    mark_blocks(found.inode_bitmap, 1, used);
    mark_blocks(found.inode_table, super_.inode_table_blocks, used);
    if (super_.has_group_flags() && (found.flags & block_bitmap_unwritten) != 0) {
      mark_copies(group, used);
    } else {
      mark_bitmap(group, found, used);
    }
  }
}

}  // namespace nacre
