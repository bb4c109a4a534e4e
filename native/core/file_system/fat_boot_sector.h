#pragma once

#include <cstdint>

#include "core/block_reader.h"

namespace nacre {

/// Numbers of a FAT boot sector (Microsoft FAT specification 1.03, "Boot Sector and BPB"), all
/// checked against each other: sums of them do not overflow and lie inside `volume_bytes`.
struct FatBootSector {
  std::uint32_t sector_bytes;
  std::uint32_t cluster_bytes;
  /// Width of a FAT entry: 12, 16 or 32 bits.
  std::uint32_t entry_bits;
  std::uint64_t volume_bytes;
  /// Offset of the FAT that counts: the first, or the one that ExtFlags names.
  std::uint64_t fat_offset;
  /// Offset of the first FAT, and the length of each.
  std::uint64_t first_fat_offset;
  std::uint64_t fat_bytes;
  std::uint32_t fat_count;
  /// All FATs are written alike; otherwise only the one that counts.
  bool is_mirrored;
  /// Root directory of FAT12/16; on FAT32 its length is 0.
  std::uint64_t root_offset;
  std::uint64_t root_bytes;
  /// First cluster of the root directory, FAT32 only.
  std::uint32_t root_cluster;
  /// Offset of cluster 2.
  std::uint64_t data_offset;
  /// Clusters that the data area and the FAT both have room for.
  std::uint64_t cluster_count;
  /// Sector of the backup boot sector, 0 where there is none.
  std::uint32_t backup_sector;
  /// Sector of FSInfo, 0 where there is none.
  std::uint32_t info_sector;
};

/// True when the first sector looks like that of a FAT volume at all.
[[nodiscard]] bool is_fat_boot_sector(Bytes sector);

/// @throws FormatError naming the field, also when the volume is larger than `partition_size`.
[[nodiscard]] FatBootSector parse_fat_boot_sector(Bytes sector, std::uint64_t partition_size);

}  // namespace nacre
