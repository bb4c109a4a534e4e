#include "core/file_system/fat.h"

#include <algorithm>

#include "core/file_system/fat_boot_sector.h"
#include "core/file_system/fat_table.h"
#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

constexpr std::uint64_t entry_bytes = 32;
// A directory has at most 65,536 entries.
constexpr std::uint64_t max_directory_bytes = 65536 * entry_bytes;

/// Entries of the active FAT, read in pieces.
class FatTable {
 public:
  FatTable(MetadataReader& reader, const FatBootSector& boot) : reader_(reader), boot_(boot) {}

  /// Value of an entry below `cluster_count` + 2.
  [[nodiscard]] std::uint32_t entry(std::uint64_t number) {
    if (number >= boot_.cluster_count + 2) throw FormatError("FAT: cluster number");
    const Bytes place = bytes(offset_of_fat_entry(boot_, number), length_of_fat_entry(boot_));
    return fat_entry(boot_, number, place);
  }

 private:
  static constexpr std::uint64_t window_bytes = std::uint64_t{64} << 10U;

  Bytes bytes(std::uint64_t offset, std::size_t length) {
    if (offset < window_offset_ || offset + length > window_offset_ + window_.size()) {
      const std::uint64_t end = boot_.volume_bytes - boot_.fat_offset;
      window_offset_ = offset;
      window_ = reader_.read(boot_.fat_offset + offset,
                             static_cast<std::size_t>(std::min(window_bytes, end - offset)), "FAT");
    }
    return slice(window_, static_cast<std::size_t>(offset - window_offset_), length, "FAT");
  }

  MetadataReader& reader_;
  const FatBootSector& boot_;
  std::vector<std::byte> window_;
  std::uint64_t window_offset_ = 0;
};

/// Label entry among the directory entries of `bytes`; `is_end` tells that the directory ends here.
std::optional<std::string> find_label(Bytes bytes, bool& is_end) {
  for (std::size_t at = 0; at + entry_bytes <= bytes.size(); at += entry_bytes) {
    const Bytes entry = bytes.subspan(at, entry_bytes);
    const auto first = std::to_integer<unsigned>(entry[0]);
    const auto attributes = std::to_integer<unsigned>(entry[11]);
    if (first == 0) {
      is_end = true;
      return std::nullopt;
    }
    // Long-name entries carry the volume bit as well.
    const bool is_label = (attributes & 0x08U) != 0 && (attributes & 0x3fU) != 0x0f;
    if (first != 0xe5 && is_label) return text_field(entry.first(11));
  }
  return std::nullopt;
}

std::optional<std::string> label_of_root(MetadataReader& reader, FatTable& table,
                                         const FatBootSector& boot) {
  bool is_end = false;
  if (boot.entry_bits != 32) {
    return find_label(
        reader.read(boot.root_offset, static_cast<std::size_t>(boot.root_bytes), "FAT root"),
        is_end);
  }
  std::uint64_t cluster = boot.root_cluster;
  const std::uint64_t limit = max_directory_bytes / boot.cluster_bytes + 1;
  for (std::uint64_t seen = 0; seen < limit && !is_end; seen++) {
    if (cluster < 2 || cluster >= boot.cluster_count + 2) return std::nullopt;
    auto label = find_label(
        reader.read(offset_of_cluster(boot, cluster), boot.cluster_bytes, "FAT root"), is_end);
    if (label) return label;
    cluster = table.entry(cluster);
  }
  return std::nullopt;
}

std::string without_trailing_blanks(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

void read_names(MetadataReader& reader, FatTable& table, const FatBootSector& boot, Bytes sector,
                VolumeReport& report) {
  const std::size_t extended = boot.entry_bits == 32 ? 66 : 38;
  const bool has_extension = sector[extended] == std::byte{0x29};
  if (has_extension || sector[extended] == std::byte{0x28}) {
    const auto serial = little_endian<std::uint32_t>(sector, extended + 1, "FAT serial");
    report.uuid = hex_text(serial >> 16U, 4, true) + "-" + hex_text(serial & 0xffffU, 4, true);
  }
  report.label = without_trailing_blanks(label_of_root(reader, table, boot).value_or(""));
  if (!report.label.empty() || !has_extension) return;
  report.label = without_trailing_blanks(text_field(sector.subspan(extended + 5, 11)));
  if (report.label == "NO NAME") report.label.clear();
}

// Linux sets bit 0 of the state byte in the boot sector while mounted; Windows clears the topmost
// usable bit of FAT[1], and the one below it after an I/O error. FAT12 has no such bits in FAT[1].
std::string dirty_reason(FatTable& table, const FatBootSector& boot, Bytes sector) {
  const std::size_t state = boot.entry_bits == 32 ? 65 : 37;
  if ((sector[state] & std::byte{1}) != std::byte{0}) return "dirty bit in the boot sector";
  const std::uint32_t clean_bit = fat_clean_bit(boot);
  if (clean_bit == 0) return "";
  const std::uint32_t entry = table.entry(1);
  if ((entry & clean_bit) == 0) return "not unmounted (clean bit of FAT entry 1)";
  if ((entry & clean_bit >> 1U) == 0) return "I/O errors were met (error bit of FAT entry 1)";
  return "";
}

void find_positional_fields(MetadataReader& reader, const FatBootSector& boot, Bytes sector,
                            VolumeReport& report) {
  add_positional_fields(0, report.positional_fields);
  if (boot.backup_sector == 0) return;
  const std::uint64_t offset = std::uint64_t{boot.backup_sector} * boot.sector_bytes;
  const std::vector<std::byte> backup = reader.read(offset, 512, "FAT backup boot sector");
  const auto same = [&](std::size_t from, std::size_t length) {
    return std::equal(sector.begin() + static_cast<std::ptrdiff_t>(from),
                      sector.begin() + static_cast<std::ptrdiff_t>(from + length),
                      backup.begin() + static_cast<std::ptrdiff_t>(from));
  };
  if (same(11, 13) && same(32, 20)) add_positional_fields(offset, report.positional_fields);
}

FileSystemType type_of(std::uint32_t entry_bits) {
  if (entry_bits == 12) return FileSystemType::fat12;
  return entry_bits == 16 ? FileSystemType::fat16 : FileSystemType::fat32;
}

std::vector<std::byte> read_sector(MetadataReader& reader) {
  return reader.read(0, 512, "FAT boot sector");
}

}  // namespace

std::optional<VolumeReport> probe_fat(const BlockReader& partition) {
  if (partition.size() < 512) return std::nullopt;
  MetadataReader reader(partition);
  const std::vector<std::byte> sector = read_sector(reader);
  if (!is_fat_boot_sector(sector)) return std::nullopt;
  VolumeReport report;
  report.type = little_endian<std::uint16_t>(sector, 22, "FAT") == 0 ? FileSystemType::fat32
                                                                     : FileSystemType::fat16;
  try {
    const FatBootSector boot = parse_fat_boot_sector(sector, partition.size());
    report.type = type_of(boot.entry_bits);
    report.cluster_bytes = boot.cluster_bytes;
    report.volume_bytes = boot.volume_bytes;
    FatTable table(reader, boot);
    read_names(reader, table, boot, sector, report);
    find_positional_fields(reader, boot, sector, report);
    report.reason = dirty_reason(table, boot, sector);
    if (!report.reason.empty()) report.state = VolumeState::dirty;
  } catch (const FormatError& error) {
    report.state = VolumeState::damaged;
    report.reason = error.what();
  }
  return report;
}

void mark_fat(const BlockReader& partition, UsedBlocks& used) {
  MetadataReader reader(partition);
  const std::vector<std::byte> sector = read_sector(reader);
  const FatBootSector boot = parse_fat_boot_sector(sector, partition.size());
  FatTable table(reader, boot);
  used.mark(0, boot.data_offset);
  for (std::uint64_t cluster = 2; cluster < boot.cluster_count + 2; cluster++) {
    const std::uint32_t value = table.entry(cluster);
    if (value == 0 || is_fat_bad_mark(boot, value)) continue;
    used.mark(offset_of_cluster(boot, cluster), boot.cluster_bytes);
  }
}

}  // namespace nacre
