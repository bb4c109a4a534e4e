// BPB, little-endian: 11 bytes per sector u16, 13 sectors per cluster u8, 14 reserved sectors u16,
// 16 FATs u8, 17 root entries u16, 19 sectors u16, 21 media u8, 22 FAT sectors u16, 32 sectors u32;
// FAT32 only: 36 FAT sectors u32, 40 ExtFlags u16, 42 version u16, 44 root cluster u32, 48 FSInfo
// sector u16, 50 backup boot sector u16.
#include "core/file_system/fat_boot_sector.h"

#include <algorithm>

namespace nacre {
namespace {

constexpr std::uint64_t fat12_clusters_below = 4085;
constexpr std::uint64_t fat16_clusters_below = 65525;
constexpr std::uint64_t max_clusters = 0x0ffffff5;

std::uint32_t field8(Bytes sector, std::size_t offset) {
  return little_endian<std::uint8_t>(sector, offset, "FAT boot sector");
}
std::uint32_t field16(Bytes sector, std::size_t offset) {
  return little_endian<std::uint16_t>(sector, offset, "FAT boot sector");
}
std::uint32_t field32(Bytes sector, std::size_t offset) {
  return little_endian<std::uint32_t>(sector, offset, "FAT boot sector");
}

bool is_sector_size(std::uint32_t value) {
  return is_power_of_two(value) && value >= 512 && value <= 4096;
}

// FAT32 is what has no 16-bit FAT size: Windows and Linux decide so, and odd FAT32 volumes have few
// clusters.
std::uint32_t entry_bits_of(bool is_fat32, std::uint64_t clusters) {
  if (is_fat32) return 32;
  if (clusters < fat12_clusters_below) return 12;
  if (clusters < fat16_clusters_below) return 16;
  throw FormatError("FAT boot sector: too many clusters for FAT16");
}

void read_fat32_fields(Bytes sector, std::uint64_t reserved, std::uint64_t fats,
                       std::uint64_t fat_bytes, FatBootSector& boot) {
  if (field16(sector, 42) != 0) throw FormatError("FAT boot sector: FAT32 version");
  const std::uint32_t flags = field16(sector, 40);
  const std::uint32_t active = (flags & 0x80U) != 0 ? flags & 0xfU : 0;
  if (active >= fats) throw FormatError("FAT boot sector: active FAT");
  boot.fat_offset += active * fat_bytes;
  boot.is_mirrored = (flags & 0x80U) == 0;
  boot.root_cluster = field32(sector, 44);
  const std::uint32_t backup = field16(sector, 50);
  boot.backup_sector = backup < reserved ? backup : 0;
  const std::uint32_t info = field16(sector, 48);
  boot.info_sector = info < reserved ? info : 0;
}

}  // namespace

bool is_fat_boot_sector(Bytes sector) {
  if (sector.size() < 512 || field16(sector, 510) != 0xaa55) return false;
  const std::uint32_t jump = field8(sector, 0);
  const std::uint32_t media = field8(sector, 21);
  const std::uint32_t fats = field8(sector, 16);
  return (jump == 0xeb || jump == 0xe9) && is_sector_size(field16(sector, 11)) &&
         is_power_of_two(field8(sector, 13)) && field16(sector, 14) != 0 && fats >= 1 &&
         fats <= 4 && (media == 0xf0 || media >= 0xf8);
}

FatBootSector parse_fat_boot_sector(Bytes sector, std::uint64_t partition_size) {
  if (!is_fat_boot_sector(sector)) throw FormatError("FAT boot sector: signature");
  FatBootSector boot{};
  boot.sector_bytes = field16(sector, 11);
  boot.cluster_bytes = boot.sector_bytes * field8(sector, 13);
  const std::uint64_t reserved = field16(sector, 14);
  const std::uint64_t fats = field8(sector, 16);
  const std::uint64_t root_sectors =
      (field16(sector, 17) * 32ULL + boot.sector_bytes - 1) / boot.sector_bytes;
  const std::uint64_t sectors =
      field16(sector, 19) != 0 ? field16(sector, 19) : field32(sector, 32);
  const bool is_fat32 = field16(sector, 22) == 0;
  const std::uint64_t fat_sectors = is_fat32 ? field32(sector, 36) : field16(sector, 22);
  if (fat_sectors == 0) throw FormatError("FAT boot sector: FAT size");
  if (is_fat32 && root_sectors != 0) throw FormatError("FAT boot sector: root entries");
  if (!is_fat32 && root_sectors == 0) throw FormatError("FAT boot sector: root entries");
  const std::uint64_t first_data_sector = reserved + fats * fat_sectors + root_sectors;
  if (first_data_sector >= sectors) throw FormatError("FAT boot sector: number of sectors");
  boot.volume_bytes = sectors * boot.sector_bytes;
  if (boot.volume_bytes > partition_size) {
    throw FormatError("FAT boot sector: volume larger than partition");
  }
  const std::uint64_t clusters = (sectors - first_data_sector) / field8(sector, 13);
  boot.entry_bits = entry_bits_of(is_fat32, clusters);
  const std::uint64_t fat_bytes = fat_sectors * boot.sector_bytes;
  const std::uint64_t entries = fat_bytes * 8 / boot.entry_bits;
  if (entries <= 2) throw FormatError("FAT boot sector: FAT size");
  boot.cluster_count = std::min({clusters, entries - 2, max_clusters});
  boot.fat_offset = reserved * boot.sector_bytes;
  boot.first_fat_offset = boot.fat_offset;
  boot.fat_bytes = fat_bytes;
  boot.fat_count = static_cast<std::uint32_t>(fats);
  boot.is_mirrored = true;
  boot.root_offset = boot.fat_offset + fats * fat_bytes;
  boot.root_bytes = root_sectors * boot.sector_bytes;
  boot.data_offset = first_data_sector * boot.sector_bytes;
  if (is_fat32) read_fat32_fields(sector, reserved, fats, fat_bytes, boot);
  return boot;
}

}  // namespace nacre
