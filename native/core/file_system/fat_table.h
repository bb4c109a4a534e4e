#pragma once

#include <cstdint>

#include "core/bytes.h"
#include "core/file_system/fat_boot_sector.h"

namespace nacre {

/// Offset of an entry in its FAT. Two entries of FAT12 share a byte (Microsoft FAT specification
/// 1.03, section 4.1).
[[nodiscard]] inline std::uint64_t offset_of_fat_entry(const FatBootSector& boot,
                                                       std::uint64_t number) {
  return number * boot.entry_bits / 8;
}

/// Bytes that hold an entry, from its offset on.
[[nodiscard]] inline std::size_t length_of_fat_entry(const FatBootSector& boot) {
  return boot.entry_bits == 32 ? 4 : 2;
}

/// Value of entry `number`, whose bytes these are; the upper 4 bits of FAT32 belong to nobody.
[[nodiscard]] inline std::uint32_t fat_entry(const FatBootSector& boot, std::uint64_t number,
                                             Bytes bytes) {
  if (boot.entry_bits == 32) return little_endian<std::uint32_t>(bytes, 0, "FAT") & 0x0fffffffU;
  const std::uint32_t pair = little_endian<std::uint16_t>(bytes, 0, "FAT");
  if (boot.entry_bits == 16) return pair;
  return number % 2 == 0 ? pair & 0xfffU : pair >> 4U;
}

/// All ones in the entry's width, less `below`: the end marks and the bad mark are at the top.
[[nodiscard]] inline std::uint32_t fat_top(const FatBootSector& boot, std::uint32_t below) {
  return (1U << (boot.entry_bits == 32 ? 28U : boot.entry_bits)) - 1U - below;
}
[[nodiscard]] inline bool is_fat_end_mark(const FatBootSector& boot, std::uint32_t value) {
  return value >= fat_top(boot, 7);
}
[[nodiscard]] inline bool is_fat_bad_mark(const FatBootSector& boot, std::uint32_t value) {
  return value == fat_top(boot, 8);
}

/// The bit of entry 1 that says "unmounted"; the one below it says "no I/O errors". 0 on FAT12,
/// which has neither.
[[nodiscard]] inline std::uint32_t fat_clean_bit(const FatBootSector& boot) {
  if (boot.entry_bits == 12) return 0;
  return 1U << (boot.entry_bits == 32 ? 27U : 15U);
}

/// Offset of a cluster in the volume.
[[nodiscard]] inline std::uint64_t offset_of_cluster(const FatBootSector& boot,
                                                     std::uint64_t cluster) {
  return boot.data_offset + (cluster - 2) * boot.cluster_bytes;
}

}  // namespace nacre
