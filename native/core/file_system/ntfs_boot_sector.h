#pragma once

#include <cstdint>

#include "core/bytes.h"

namespace nacre {

/// Numbers of an NTFS boot sector, checked: every cluster lies inside the partition.
struct NtfsBootSector {
  std::uint32_t sector_bytes;
  std::uint32_t cluster_bytes;
  std::uint32_t record_bytes;
  std::uint64_t volume_bytes;
  /// Whole clusters of the volume.
  std::uint64_t clusters;
  std::uint64_t mft_cluster;
  std::uint64_t serial;
};

[[nodiscard]] bool is_ntfs_boot_sector(Bytes sector);
/// @throws FormatError naming the field, also when the volume is larger than `partition_size`.
[[nodiscard]] NtfsBootSector parse_ntfs_boot_sector(Bytes sector, std::uint64_t partition_size);

}  // namespace nacre
