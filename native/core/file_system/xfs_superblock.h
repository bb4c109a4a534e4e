#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.h"

namespace nacre {

/// Numbers of an XFS superblock (XFS Algorithms & Data Structures, "Superblocks"), checked against
/// each other and the partition. `AG` is an allocation group.
struct XfsSuperblock {
  static constexpr std::size_t length = 512;

  std::uint32_t block_bytes;
  std::uint32_t sector_bytes;
  std::uint64_t blocks;
  std::uint32_t ag_blocks;
  std::uint32_t ag_count;
  /// An absolute block number has the AG above this many bits, the block in the AG below.
  std::uint32_t ag_shift;
  std::uint64_t log_offset;
  std::uint64_t log_bytes;
  bool has_checksums;
  bool has_external_log;

  [[nodiscard]] std::uint64_t ag_offset(std::uint64_t ag) const {
    return ag * ag_blocks * block_bytes;
  }
  /// Blocks of an AG; the last one may be shorter.
  [[nodiscard]] std::uint64_t blocks_of_ag(std::uint64_t ag) const {
    const std::uint64_t rest = blocks - ag * ag_blocks;
    return rest < ag_blocks ? rest : ag_blocks;
  }
};

[[nodiscard]] bool is_xfs_superblock(Bytes superblock);
/// Features that no rule here covers, or an empty text.
[[nodiscard]] std::string unknown_xfs_features(Bytes superblock);
/// True when xfs_repair(8) asked to be run.
[[nodiscard]] bool xfs_needs_repair(Bytes superblock);
/// `sector` is the whole first sector, as its checksum covers it. @throws FormatError
[[nodiscard]] XfsSuperblock parse_xfs_superblock(Bytes sector, std::uint64_t partition_size);
/// Sector size that the superblock claims, checked for being one.
[[nodiscard]] std::uint32_t xfs_sector_bytes(Bytes superblock);

/// CRC-32C of a version 5 structure: little-endian at `offset`, taken as zero in the sum.
/// @throws FormatError with `field` when it is wrong.
void check_xfs_checksum(Bytes bytes, std::size_t offset, const char* field);

}  // namespace nacre
