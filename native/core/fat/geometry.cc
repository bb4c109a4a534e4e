#include "core/fat/geometry.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/error.h"

namespace nacre::fat {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;

constexpr std::uint32_t data_alignment = 4096;
constexpr std::uint32_t largest_cluster = 32 * kib;
constexpr std::uint32_t fat32_reserved_sectors = 32;
constexpr std::uint32_t root_entries = 512;

/// Numbers of clusters that every reader takes for the same type.
struct Limits {
  std::uint64_t least;
  std::uint64_t most;
};

Limits limits_of(std::uint32_t entry_bits, bool allow_few_clusters) {
  constexpr std::uint64_t margin = 16;
  constexpr std::uint64_t fat16_from = 4085;
  constexpr std::uint64_t fat32_from = 65525;
  constexpr std::uint64_t most_fat32 = 0x0ffffff5;
  if (entry_bits == 12) return {1, fat16_from - 1 - margin};
  if (entry_bits == 16) return {fat16_from + margin, fat32_from - 1 - margin};
  return {allow_few_clusters ? 1 : fat32_from + margin, most_fat32};
}

std::uint32_t round_up(std::uint64_t value, std::uint32_t unit) {
  return static_cast<std::uint32_t>((value + unit - 1) / unit * unit);
}

/// Clusters behind FATs of this size; 0 when there is no room.
std::uint64_t clusters_behind(const Geometry& geometry) {
  const std::uint64_t first = geometry.data_sector();
  return first >= geometry.sectors ? 0 : (geometry.sectors - first) / geometry.cluster_sectors;
}

// FATs that are too short for the clusters behind them grow, which leaves fewer clusters.
void fit_fats(Geometry& geometry, std::uint32_t least_reserved) {
  const std::uint32_t unit = std::max(1U, data_alignment / geometry.sector_bytes);
  for (geometry.fat_sectors = 1;;) {
    const std::uint64_t after =
        least_reserved + 2ULL * geometry.fat_sectors + geometry.root_sectors();
    geometry.reserved_sectors =
        least_reserved + (round_up(after, unit) - static_cast<std::uint32_t>(after));
    const std::uint64_t clusters = clusters_behind(geometry);
    const std::uint64_t bytes = ((clusters + 2) * geometry.entry_bits + 7) / 8;
    const auto needed =
        static_cast<std::uint32_t>((bytes + geometry.sector_bytes - 1) / geometry.sector_bytes);
    if (needed <= geometry.fat_sectors) {
      geometry.cluster_count = static_cast<std::uint32_t>(clusters);
      return;
    }
    // At most half of the distance: FATs that grow take clusters away again.
    geometry.fat_sectors += std::max(1U, (needed - geometry.fat_sectors) / 2);
  }
}

Geometry geometry_with(const FormatOptions& options, std::uint32_t entry_bits,
                       std::uint32_t cluster_bytes) {
  Geometry geometry{
      .entry_bits = entry_bits,
      .sector_bytes = options.sector_bytes,
      .cluster_sectors = cluster_bytes / options.sector_bytes,
      .sectors = static_cast<std::uint32_t>(options.size_bytes / options.sector_bytes),
      .root_entries = entry_bits == 32 ? 0 : root_entries};
  const std::uint32_t least = entry_bits == 32 ? fat32_reserved_sectors : 1;
  fit_fats(geometry, std::max(least, options.reserved_sectors));
  return geometry;
}

// Sizes as Windows and mkfs.fat choose them, so that FATs of large volumes stay small.
std::uint32_t preferred_cluster(std::uint32_t entry_bits, std::uint64_t size) {
  if (entry_bits != 32) return 2 * kib;
  if (size < 260 * mib) return 512;
  if (size < 8 * gib) return 4 * kib;
  if (size < 16 * gib) return 8 * kib;
  return size < 32 * gib ? 16 * kib : 32 * kib;
}

std::uint32_t default_bits(std::uint64_t size) {
  if (size < 16 * mib) return 12;
  return size < 512 * mib ? 16 : 32;
}

std::uint32_t bits_of(const FormatOptions& options) {
  switch (options.type) {
    case FileSystemType::fat12:
      return 12;
    case FileSystemType::fat16:
      return 16;
    case FileSystemType::fat32:
      return 32;
    default:
      return default_bits(options.size_bytes);
  }
}

CodedError unfit(const FormatOptions& options, std::uint32_t entry_bits, std::uint64_t clusters,
                 Limits limits) {
  return {"FAT_SIZE_UNFIT",
          {{"type", "FAT" + std::to_string(entry_bits)},
           {"sizeBytes", options.size_bytes},
           {"sectorSize", std::uint64_t{options.sector_bytes}},
           {"clusters", clusters},
           {"least", limits.least},
           {"most", limits.most}}};
}

}  // namespace

Geometry plan_geometry(const FormatOptions& options) {
  const std::uint32_t sector = options.sector_bytes;
  if (!is_power_of_two(sector) || sector < 512 || sector > 4096)
    throw FormatError("FAT sector size");
  const std::uint32_t bits = bits_of(options);
  const Limits limits = limits_of(bits, options.allow_few_clusters);
  const std::uint64_t sectors = options.size_bytes / sector;
  if (sectors == 0 || sectors > UINT32_MAX) throw unfit(options, bits, 0, limits);
  std::uint32_t cluster = options.cluster_bytes != 0
                              ? options.cluster_bytes
                              : std::max(preferred_cluster(bits, options.size_bytes), sector);
  if (!is_power_of_two(cluster) || cluster < sector || cluster > largest_cluster) {
    throw FormatError("FAT cluster size");
  }
  const auto clusters_with = [&](std::uint32_t bytes) {
    return std::uint64_t{geometry_with(options, bits, bytes).cluster_count};
  };
  if (options.cluster_bytes == 0) {
    while (cluster > sector && clusters_with(cluster) < limits.least) cluster /= 2;
    while (cluster < largest_cluster && clusters_with(cluster) > limits.most) cluster *= 2;
  }
  const Geometry geometry = geometry_with(options, bits, cluster);
  if (geometry.cluster_count < limits.least || geometry.cluster_count > limits.most) {
    throw unfit(options, bits, geometry.cluster_count, limits);
  }
  return geometry;
}

}  // namespace nacre::fat
