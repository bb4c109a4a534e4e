// Superblock, big-endian: 0 "XFSB", 4 block size u32, 8 blocks u64, 48 log start u64, 84 AG blocks
// u32, 88 AGs u32, 96 log blocks u32, 100 version u16, 102 sector size u16, 124 AG block bits u8,
// 126 in progress u8, version 5: 212 ro_compat u32, 216 incompat u32, 224 checksum u32
// little-endian.
#include "core/file_system/xfs_superblock.h"

#include <array>
#include <bit>

#include "core/file_system/crc32c.h"
#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

// finobt, rmapbt, reflink, inobtcount: their trees are used blocks like any other.
constexpr std::uint32_t known_ro_compat = 0xf;
// ftype, spinodes, meta_uuid, bigtime, needsrepair, nrext64, exchange-range, parent pointers. Later
// ones (metadir, zoned) put a realtime device beside the AGs.
constexpr std::uint32_t known_incompat = 0xff;
constexpr std::uint32_t incompat_needs_repair = 0x10;
constexpr std::uint32_t least_ag_blocks = 64;

std::uint32_t field16(Bytes superblock, std::size_t offset) {
  return big_endian<std::uint16_t>(superblock, offset, "XFS superblock");
}
std::uint32_t field32(Bytes superblock, std::size_t offset) {
  return big_endian<std::uint32_t>(superblock, offset, "XFS superblock");
}
std::uint64_t field64(Bytes superblock, std::size_t offset) {
  return big_endian<std::uint64_t>(superblock, offset, "XFS superblock");
}

std::uint32_t version_of(Bytes superblock) { return field16(superblock, 100) & 0xfU; }

void read_groups(Bytes sector, std::uint64_t partition_size, XfsSuperblock& super) {
  super.blocks = field64(sector, 8);
  super.ag_blocks = field32(sector, 84);
  super.ag_count = field32(sector, 88);
  super.ag_shift = std::to_integer<std::uint32_t>(sector[124]);
  if (super.blocks == 0 || super.blocks > partition_size / super.block_bytes) {
    throw FormatError("XFS superblock: volume larger than partition");
  }
  if (super.ag_blocks < least_ag_blocks || super.ag_count == 0 ||
      super.ag_count != (super.blocks + super.ag_blocks - 1) / super.ag_blocks) {
    throw FormatError("XFS superblock: allocation groups");
  }
  if (super.ag_shift > 31 || super.ag_shift != std::bit_width(super.ag_blocks - 1)) {
    throw FormatError("XFS superblock: bits of an AG block number");
  }
}

void read_log(Bytes sector, XfsSuperblock& super) {
  const std::uint64_t start = field64(sector, 48);
  const std::uint64_t log_blocks = field32(sector, 96);
  super.has_external_log = start == 0;
  if (super.has_external_log) return;
  const std::uint64_t ag = start >> super.ag_shift;
  const std::uint64_t block = start & ((1ULL << super.ag_shift) - 1);
  if (ag >= super.ag_count || block >= super.blocks_of_ag(ag) || log_blocks == 0 ||
      log_blocks > super.blocks_of_ag(ag) - block) {
    throw FormatError("XFS superblock: log");
  }
  super.log_offset = super.ag_offset(ag) + block * super.block_bytes;
  super.log_bytes = log_blocks * super.block_bytes;
}

}  // namespace

bool is_xfs_superblock(Bytes superblock) { return has_text(superblock, 0, "XFSB"); }

std::uint32_t xfs_sector_bytes(Bytes superblock) {
  const std::uint32_t bytes = field16(superblock, 102);
  if (!is_power_of_two(bytes) || bytes < 512 || bytes > 32768) {
    throw FormatError("XFS superblock: sector size");
  }
  return bytes;
}

std::string unknown_xfs_features(Bytes superblock) {
  const std::uint32_t version = version_of(superblock);
  if (version == 4) return "";
  if (version != 5) return "version " + std::to_string(version);
  const std::uint32_t ro_compat = field32(superblock, 212) & ~known_ro_compat;
  const std::uint32_t incompat = field32(superblock, 216) & ~known_incompat;
  std::string text;
  if (ro_compat != 0) text += "ro_compat 0x" + hex_text(ro_compat, 8, false);
  if (incompat != 0)
    text += (text.empty() ? "" : " ") + ("incompat 0x" + hex_text(incompat, 8, false));
  return text;
}

bool xfs_needs_repair(Bytes superblock) {
  return version_of(superblock) == 5 && (field32(superblock, 216) & incompat_needs_repair) != 0;
}

void check_xfs_checksum(Bytes bytes, std::size_t offset, const char* field) {
  const std::array<std::byte, 4> zero{};
  const Bytes before = slice(bytes, 0, offset, field);
  const Bytes after = slice(bytes, offset + 4, bytes.size() - offset - 4, field);
  const std::uint32_t sum = ~crc32c(crc32c(crc32c(0xffffffffU, before), zero), after);
  if (little_endian<std::uint32_t>(bytes, offset, field) != sum) throw FormatError(field);
}

XfsSuperblock parse_xfs_superblock(Bytes sector, std::uint64_t partition_size) {
  if (!is_xfs_superblock(sector)) throw FormatError("XFS superblock: magic");
  XfsSuperblock super{};
  super.has_checksums = version_of(sector) == 5;
  if (super.has_checksums) check_xfs_checksum(sector, 224, "XFS superblock: checksum");
  super.sector_bytes = xfs_sector_bytes(sector);
  super.block_bytes = field32(sector, 4);
  if (!is_power_of_two(super.block_bytes) || super.block_bytes < super.sector_bytes ||
      super.block_bytes > 65536) {
    throw FormatError("XFS superblock: block size");
  }
  if (sector[126] != std::byte{0}) throw FormatError("XFS superblock: mkfs did not finish");
  read_groups(sector, partition_size, super);
  read_log(sector, super);
  return super;
}

}  // namespace nacre
