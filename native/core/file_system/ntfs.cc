#include "core/file_system/ntfs.h"

#include <algorithm>

#include "core/file_system/bitmap.h"
#include "core/file_system/ntfs_state.h"
#include "core/file_system/ntfs_volume.h"

namespace nacre {
namespace {

/// Offset of the backup boot sector: behind the volume's last sector, where its formatter put it,
/// or in the partition's last; nothing where neither is one.
std::optional<std::uint64_t> find_backup(const BlockReader& partition, const NtfsBootSector& boot) {
  if (partition.size() < boot.sector_bytes) return std::nullopt;
  MetadataReader reader(partition);
  for (const std::uint64_t offset : {boot.volume_bytes, partition.size() - boot.sector_bytes}) {
    if (offset < 512 || offset > partition.size() - boot.sector_bytes) continue;
    const auto sector = reader.read(offset, std::min<std::size_t>(512, boot.sector_bytes), "NTFS");
    if (is_ntfs_boot_sector(sector)) return offset;
  }
  return std::nullopt;
}

void mark_bitmap(NtfsVolume& volume, UsedBlocks& used) {
  const NtfsBootSector& boot = volume.boot();
  const auto bitmap = volume.stream(NtfsVolume::bitmap_file, NtfsAttributeType::data, "");
  if (!bitmap) throw FormatError("NTFS $Bitmap: no data");
  volume.require_solid(*bitmap);
  if (bitmap->size < (boot.clusters + 7) / 8) throw FormatError("NTFS $Bitmap: size");
  constexpr std::uint64_t piece = MetadataReader::max_length;
  for (std::uint64_t bit = 0; bit < boot.clusters; bit += piece * 8) {
    const std::uint64_t count = std::min(boot.clusters - bit, piece * 8);
    const auto bits = volume.read(*bitmap, bit / 8, static_cast<std::size_t>((count + 7) / 8));
    mark_set_bits(bits, count, {bit * boot.cluster_bytes, boot.cluster_bytes}, used);
  }
}

}  // namespace

std::optional<VolumeReport> probe_ntfs(const BlockReader& partition) {
  if (partition.size() < 512) return std::nullopt;
  const auto sector = MetadataReader(partition).read(0, 512, "NTFS boot sector");
  if (!is_ntfs_boot_sector(sector)) return std::nullopt;
  VolumeReport report;
  report.type = FileSystemType::ntfs;
  try {
    const NtfsBootSector boot = parse_ntfs_boot_sector(sector, partition.size());
    report.cluster_bytes = boot.cluster_bytes;
    report.volume_bytes = boot.volume_bytes;
    report.uuid = hex_text(boot.serial, 16, true);
    NtfsVolume volume(partition);
    read_ntfs_state(volume, report);
    add_positional_fields(0, report.positional_fields);
    if (const auto backup = find_backup(partition, boot)) {
      add_positional_fields(*backup, report.positional_fields);
    }
  } catch (const FormatError& error) {
    report.state = VolumeState::damaged;
    report.reason = error.what();
  }
  return report;
}

void mark_ntfs(const BlockReader& partition, UsedBlocks& used) {
  NtfsVolume volume(partition);
  const NtfsBootSector& boot = volume.boot();
  mark_bitmap(volume, used);
  const std::uint64_t whole = boot.clusters * boot.cluster_bytes;
  used.mark(whole, boot.volume_bytes - whole + boot.sector_bytes);
  if (const auto backup = find_backup(partition, boot)) used.mark(*backup, boot.sector_bytes);
}

}  // namespace nacre
