#pragma once

#include <cstdint>
#include <string>

#include "core/file_system/file_system.h"

namespace nacre::fat {

/// What a new FAT volume has to be like.
struct FormatOptions {
  /// fat12, fat16, fat32, or raw for the type that fits the size.
  FileSystemType type = FileSystemType::raw;
  /// Room for it, a multiple of the sector.
  std::uint64_t size_bytes = 0;
  /// 512, 1024, 2048 or 4096.
  std::uint32_t sector_bytes = 512;
  /// 0: chosen by size.
  std::uint32_t cluster_bytes = 0;
  /// First sector of the partition on its disk.
  std::uint64_t hidden_sectors = 0;
  /// Least number of sectors before the first FAT, the boot sector among them; for code that is put
  /// there.
  std::uint32_t reserved_sectors = 0;
  /// Up to 11 characters of ASCII, stored in upper case; empty for none.
  std::string label = {};
  std::uint32_t serial = 0;
  /// A FAT32 of fewer than 65,525 clusters, which UEFI firmware and mtools do not read (spec A-11).
  bool allow_few_clusters = false;
};

/// Where everything of a volume lies, in sectors (Microsoft FAT specification 1.03).
struct Geometry {
  /// Width of a FAT entry: 12, 16 or 32 bits.
  std::uint32_t entry_bits = 0;
  std::uint32_t sector_bytes = 0;
  std::uint32_t cluster_sectors = 0;
  std::uint32_t sectors = 0;
  std::uint32_t reserved_sectors = 0;
  std::uint32_t fat_sectors = 0;
  /// Entries of the root directory of FAT12/16, 0 on FAT32.
  std::uint32_t root_entries = 0;
  std::uint32_t cluster_count = 0;

  [[nodiscard]] std::uint32_t root_sectors() const { return root_entries * 32 / sector_bytes; }
  [[nodiscard]] std::uint64_t root_sector() const {
    return std::uint64_t{reserved_sectors} + 2ULL * fat_sectors;
  }
  [[nodiscard]] std::uint64_t data_sector() const { return root_sector() + root_sectors(); }
};

/// Chooses the geometry: the data area begins at a multiple of 4 KiB of the volume, and the number
/// of clusters stays 16 away from the limits between the types, where readers disagree.
///
/// @throws CodedError FAT_SIZE_UNFIT with the numbers when no geometry of that type fits.
[[nodiscard]] Geometry plan_geometry(const FormatOptions& options);

}  // namespace nacre::fat
