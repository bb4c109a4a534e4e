// Little-endian: 3 "NTFS    ", 11 bytes per sector u16, 13 sectors per cluster u8, 40 sectors u64,
// 48 first cluster of $MFT u64, 64 record size s8, 72 serial number u64. Cluster sizes above 64 KiB
// and record sizes below a cluster are given as the negative exponent of two.
#include "core/file_system/ntfs_boot_sector.h"

#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

constexpr std::uint64_t most_cluster_bytes = std::uint64_t{2} << 20U;

std::uint32_t cluster_bytes_of(std::uint32_t code, std::uint32_t sector_bytes) {
  std::uint64_t sectors = code;
  if (code > 0x80) {
    if (256 - code > 12) throw FormatError("NTFS boot sector: cluster size");
    sectors = 1ULL << (256 - code);
  }
  const std::uint64_t bytes = sectors * sector_bytes;
  if (!is_power_of_two(sectors) || bytes > most_cluster_bytes) {
    throw FormatError("NTFS boot sector: cluster size");
  }
  return static_cast<std::uint32_t>(bytes);
}

std::uint32_t record_bytes_of(std::uint32_t code, std::uint32_t cluster_bytes) {
  std::uint64_t bytes = 0;
  if (code < 0x80) {
    bytes = std::uint64_t{code} * cluster_bytes;
  } else if (256 - code <= 16) {
    bytes = 1ULL << (256 - code);
  }
  if (!is_power_of_two(bytes) || bytes < 512 || bytes > 65536) {
    throw FormatError("NTFS boot sector: record size");
  }
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

bool is_ntfs_boot_sector(Bytes sector) { return has_text(sector, 3, "NTFS    "); }

NtfsBootSector parse_ntfs_boot_sector(Bytes sector, std::uint64_t partition_size) {
  if (!is_ntfs_boot_sector(sector)) throw FormatError("NTFS boot sector: name");
  const auto u8 = [&](std::size_t offset) {
    return std::uint32_t{little_endian<std::uint8_t>(sector, offset, "NTFS boot sector")};
  };
  const auto u64 = [&](std::size_t offset) {
    return little_endian<std::uint64_t>(sector, offset, "NTFS boot sector");
  };
  NtfsBootSector boot{};
  boot.sector_bytes = little_endian<std::uint16_t>(sector, 11, "NTFS boot sector");
  if (!is_power_of_two(boot.sector_bytes) || boot.sector_bytes < 256 || boot.sector_bytes > 4096) {
    throw FormatError("NTFS boot sector: bytes per sector");
  }
  boot.cluster_bytes = cluster_bytes_of(u8(13), boot.sector_bytes);
  boot.record_bytes = record_bytes_of(u8(64), boot.cluster_bytes);
  if (u64(40) > partition_size / boot.sector_bytes) {
    throw FormatError("NTFS boot sector: volume larger than partition");
  }
  boot.volume_bytes = u64(40) * boot.sector_bytes;
  boot.clusters = boot.volume_bytes / boot.cluster_bytes;
  boot.mft_cluster = u64(48);
  if (boot.mft_cluster == 0 || boot.mft_cluster >= boot.clusters) {
    throw FormatError("NTFS boot sector: first cluster of $MFT");
  }
  boot.serial = u64(72);
  return boot;
}

}  // namespace nacre
