// exFAT file system specification (Microsoft, revision 1.00). Boot sector, little-endian: 3 name
// "EXFAT   ", 11 zero bytes 53, 72 VolumeLength u64 sectors, 80 FatOffset u32, 84 FatLength u32, 88
// ClusterHeapOffset u32, 92 ClusterCount u32, 96 FirstClusterOfRootDirectory u32, 100
// VolumeSerialNumber u32, 104 revision u16, 106 VolumeFlags u16, 108 BytesPerSectorShift, 109
// SectorsPerClusterShift, 110 NumberOfFats, 510 55 AA. Sector 11 repeats the checksum of sectors 0
// to 10.
#include "core/file_system/exfat.h"

#include <algorithm>

#include "core/file_system/bitmap.h"
#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

// Bitmap, up-case table and label stand at the front; what a driver added follows.
constexpr int max_root_clusters = 8192;

struct ExfatVolume {
  std::uint32_t sector_bytes;
  std::uint64_t cluster_bytes;
  std::uint64_t volume_bytes;
  std::uint64_t fat_offset;
  std::uint64_t heap_offset;
  std::uint64_t cluster_count;
  std::uint32_t root_cluster;
  std::uint32_t serial;
  std::uint16_t revision;
  std::uint16_t flags;
  std::uint8_t fats;
};

/// A stream whose clusters are chained through the FAT.
struct ExfatStream {
  std::uint32_t first_cluster = 0;
  std::uint64_t length = 0;
};

struct ExfatRoot {
  ExfatStream bitmap;
  bool has_bitmap = false;
  bool has_upcase_table = false;
  std::string label;
};

bool is_exfat(Bytes sector) { return has_text(sector, 3, "EXFAT   "); }

std::uint32_t checked_shift(Bytes sector, std::size_t offset, std::uint32_t least,
                            std::uint32_t most, const char* field) {
  const std::uint32_t shift = little_endian<std::uint8_t>(sector, offset, field);
  if (shift < least || shift > most) throw FormatError(field);
  return shift;
}

ExfatVolume parse_boot_sector(Bytes sector, std::uint64_t partition_size) {
  if (!is_exfat(sector)) throw FormatError("exFAT boot sector: name");
  const auto u32 = [&](std::size_t offset) {
    return std::uint64_t{little_endian<std::uint32_t>(sector, offset, "exFAT boot sector")};
  };
  if (little_endian<std::uint16_t>(sector, 510, "exFAT") != 0xaa55) {
    throw FormatError("exFAT boot sector: signature");
  }
  const std::uint32_t shift =
      checked_shift(sector, 108, 9, 12, "exFAT boot sector: bytes per sector");
  const std::uint32_t cluster_shift =
      shift + checked_shift(sector, 109, 0, 25 - shift, "exFAT boot sector: sectors per cluster");
  ExfatVolume volume{};
  volume.sector_bytes = 1U << shift;
  volume.cluster_bytes = 1ULL << cluster_shift;
  const auto sectors = little_endian<std::uint64_t>(sector, 72, "exFAT volume length");
  if (sectors > partition_size >> shift) {
    throw FormatError("exFAT boot sector: volume larger than partition");
  }
  volume.volume_bytes = sectors << shift;
  volume.fat_offset = u32(80) << shift;
  volume.heap_offset = u32(88) << shift;
  volume.cluster_count = u32(92);
  volume.root_cluster = static_cast<std::uint32_t>(u32(96));
  volume.serial = static_cast<std::uint32_t>(u32(100));
  volume.revision = little_endian<std::uint16_t>(sector, 104, "exFAT revision");
  volume.flags = little_endian<std::uint16_t>(sector, 106, "exFAT flags");
  volume.fats = little_endian<std::uint8_t>(sector, 110, "exFAT FATs");
  const std::uint64_t fat_bytes = u32(84) << shift;
  if (volume.fat_offset < 24ULL << shift || (volume.cluster_count + 2) * 4 > fat_bytes) {
    throw FormatError("exFAT boot sector: FAT");
  }
  if (volume.fat_offset + fat_bytes > volume.heap_offset || volume.cluster_count == 0 ||
      volume.heap_offset > volume.volume_bytes ||
      volume.cluster_count > (volume.volume_bytes - volume.heap_offset) >> cluster_shift) {
    throw FormatError("exFAT boot sector: cluster heap");
  }
  return volume;
}

// VolumeFlags and PercentInUse change while the volume is used and are left out of the sum.
void check_boot_checksum(MetadataReader& reader, const ExfatVolume& volume) {
  const std::vector<std::byte> region =
      reader.read(0, std::size_t{volume.sector_bytes} * 12, "exFAT boot region");
  const std::size_t end = std::size_t{volume.sector_bytes} * 11;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < end; i++) {
    if (i == 106 || i == 107 || i == 112) continue;
    sum = ((sum & 1U) << 31U) + (sum >> 1U) + std::to_integer<std::uint32_t>(region[i]);
  }
  if (little_endian<std::uint32_t>(region, end, "exFAT checksum") != sum) {
    throw FormatError("exFAT boot region: checksum");
  }
}

std::uint64_t offset_of_cluster(const ExfatVolume& volume, std::uint32_t cluster) {
  if (cluster < 2 || cluster - 2 >= volume.cluster_count)
    throw FormatError("exFAT: cluster number");
  return volume.heap_offset + (cluster - 2) * volume.cluster_bytes;
}

std::uint32_t next_cluster(MetadataReader& reader, const ExfatVolume& volume,
                           std::uint32_t cluster) {
  return little_endian<std::uint32_t>(
      reader.read(volume.fat_offset + std::uint64_t{cluster} * 4, 4, "exFAT FAT"), 0, "exFAT FAT");
}

/// Reads the directory entry sets that the root alone has. @returns true at the end of the
/// directory.
bool read_root_entries(Bytes entries, ExfatRoot& root) {
  for (std::size_t at = 0; at + 32 <= entries.size(); at += 32) {
    const Bytes entry = entries.subspan(at, 32);
    const auto type = std::to_integer<unsigned>(entry[0]);
    if (type == 0) return true;
    if (type == 0x81 && (entry[1] & std::byte{1}) == std::byte{0}) {
      if (root.has_bitmap) throw FormatError("exFAT root: two allocation bitmaps");
      root.has_bitmap = true;
      root.bitmap.first_cluster = little_endian<std::uint32_t>(entry, 20, "exFAT bitmap");
      root.bitmap.length = little_endian<std::uint64_t>(entry, 24, "exFAT bitmap");
    }
    if (type == 0x82) root.has_upcase_table = true;
    if (type == 0x83) {
      const std::size_t units = std::min<std::size_t>(std::to_integer<std::size_t>(entry[1]), 11);
      root.label = utf8_of_utf16(entry.subspan(2, units * 2));
    }
  }
  return false;
}

ExfatRoot read_root(MetadataReader& reader, const ExfatVolume& volume) {
  ExfatRoot root;
  std::uint32_t cluster = volume.root_cluster;
  const auto piece = static_cast<std::size_t>(
      std::min<std::uint64_t>(volume.cluster_bytes, MetadataReader::max_length));
  for (int seen = 0; seen < max_root_clusters; seen++) {
    const std::uint64_t offset = offset_of_cluster(volume, cluster);
    for (std::uint64_t at = 0; at < volume.cluster_bytes; at += piece) {
      if (read_root_entries(reader.read(offset + at, piece, "exFAT root"), root)) return root;
    }
    cluster = next_cluster(reader, volume, cluster);
    if (cluster == 0xffffffff) break;
  }
  return root;
}

ExfatStream bitmap_of(const ExfatVolume& volume, const ExfatRoot& root) {
  if (!root.has_bitmap) throw FormatError("exFAT root: no allocation bitmap");
  if (!root.has_upcase_table) throw FormatError("exFAT root: no up-case table");
  if (root.bitmap.length < (volume.cluster_count + 7) / 8) {
    throw FormatError("exFAT allocation bitmap: length");
  }
  (void)offset_of_cluster(volume, root.bitmap.first_cluster);
  return root.bitmap;
}

void set_state(const ExfatVolume& volume, VolumeReport& report) {
  if (volume.fats != 1) {
    report.state = VolumeState::unsupported;
    report.reason = "TexFAT: " + std::to_string(volume.fats) + " FATs";
  } else if (volume.revision >> 8U != 1) {
    report.state = VolumeState::unsupported;
    report.reason = "revision " + std::to_string(volume.revision >> 8U);
  } else if ((volume.flags & 2U) != 0) {
    report.state = VolumeState::dirty;
    report.reason = "VolumeDirty flag";
  } else if ((volume.flags & 4U) != 0) {
    report.state = VolumeState::dirty;
    report.reason = "MediaFailure flag";
  }
}

}  // namespace

std::optional<VolumeReport> probe_exfat(const BlockReader& partition) {
  if (partition.size() < 512) return std::nullopt;
  MetadataReader reader(partition);
  const std::vector<std::byte> sector = reader.read(0, 512, "exFAT boot sector");
  if (!is_exfat(sector)) return std::nullopt;
  VolumeReport report;
  report.type = FileSystemType::exfat;
  try {
    const ExfatVolume volume = parse_boot_sector(sector, partition.size());
    report.cluster_bytes = volume.cluster_bytes;
    report.volume_bytes = volume.volume_bytes;
    report.uuid =
        hex_text(volume.serial >> 16U, 4, true) + "-" + hex_text(volume.serial & 0xffffU, 4, true);
    check_boot_checksum(reader, volume);
    set_state(volume, report);
    if (report.state == VolumeState::unsupported) return report;
    const ExfatRoot root = read_root(reader, volume);
    report.label = root.label;
    (void)bitmap_of(volume, root);
  } catch (const FormatError& error) {
    report.state = VolumeState::damaged;
    report.reason = error.what();
  }
  return report;
}

void mark_exfat(const BlockReader& partition, UsedBlocks& used) {
  MetadataReader reader(partition);
  const ExfatVolume volume =
      parse_boot_sector(reader.read(0, 512, "exFAT boot sector"), partition.size());
  if (volume.fats != 1) throw FormatError("exFAT boot sector: number of FATs");
  const ExfatStream bitmap = bitmap_of(volume, read_root(reader, volume));
  used.mark(0, volume.heap_offset);
  std::uint32_t cluster = bitmap.first_cluster;
  const std::uint64_t piece =
      std::min<std::uint64_t>(volume.cluster_bytes, MetadataReader::max_length);
  std::uint64_t bit = 0;
  while (bit < volume.cluster_count) {
    const std::uint64_t offset = offset_of_cluster(volume, cluster);
    for (std::uint64_t at = 0; at < volume.cluster_bytes && bit < volume.cluster_count;
         at += piece) {
      const std::uint64_t count = std::min(volume.cluster_count - bit, piece * 8);
      const std::vector<std::byte> bits =
          reader.read(offset + at, static_cast<std::size_t>(piece), "exFAT bitmap");
      const BitmapPlace place{volume.heap_offset + bit * volume.cluster_bytes,
                              volume.cluster_bytes};
      mark_set_bits(bits, count, place, used);
      bit += count;
    }
    if (bit < volume.cluster_count) cluster = next_cluster(reader, volume, cluster);
  }
}

}  // namespace nacre
