#include "core/file_system/probe.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "core/file_system/exfat.h"
#include "core/file_system/ext.h"
#include "core/file_system/fat.h"
#include "core/file_system/ntfs.h"
#include "core/file_system/raw_signatures.h"
#include "core/file_system/swap.h"
#include "core/file_system/xfs.h"

namespace nacre {
namespace {

VolumeReport raw_report(const BlockReader& partition, std::string reason) {
  VolumeReport report;
  report.cluster_bytes = UsedBlocks::block_size;
  report.volume_bytes = partition.size();
  report.reason = std::move(reason);
  return report;
}

// A leftover signature beside a valid one: no map can be trusted, while raw is always right.
std::string ambiguity(const std::vector<VolumeReport>& found) {
  std::string text = "signatures of";
  for (std::size_t i = 0; i < found.size(); i++) {
    text += (i == 0 ? " " : " and ") + std::string(name_of(found[i].type));
  }
  return text;
}

}  // namespace

VolumeReport probe_volume(const BlockReader& partition) {
  std::string owner = raw_owner_name(partition);
  if (!owner.empty()) return raw_report(partition, std::move(owner));
  std::vector<VolumeReport> found;
  for (const auto probe : {probe_ntfs, probe_exfat, probe_fat, probe_ext, probe_xfs, probe_swap}) {
    if (auto report = probe(partition)) found.push_back(std::move(*report));
  }
  if (found.empty()) return raw_report(partition, raw_content_name(partition));
  if (found.size() > 1) return raw_report(partition, ambiguity(found));
  return std::move(found.front());
}

void mark_used(const BlockReader& partition, FileSystemType type, UsedBlocks& used) {
  switch (type) {
    case FileSystemType::raw:
      return used.mark_all();
    case FileSystemType::ntfs:
      return mark_ntfs(partition, used);
    case FileSystemType::fat12:
    case FileSystemType::fat16:
    case FileSystemType::fat32:
      return mark_fat(partition, used);
    case FileSystemType::exfat:
      return mark_exfat(partition, used);
    case FileSystemType::ext2:
    case FileSystemType::ext3:
    case FileSystemType::ext4:
      return mark_ext(partition, used);
    case FileSystemType::xfs:
      return mark_xfs(partition, used);
    case FileSystemType::swap:
      return mark_swap(partition, used);
  }
}

std::uint64_t minimum_bytes(const VolumeReport& report, const UsedBlocks& used) {
  std::uint64_t end = 0;
  for (std::uint64_t chunk = used.chunk_count(); chunk > 0 && end == 0; chunk--) {
    const std::uint16_t mask = used.chunk_mask(chunk - 1);
    if (mask == 0) continue;
    const auto blocks = static_cast<std::uint64_t>(16 - std::countl_zero(mask));
    end = ((chunk - 1) * 16 + blocks) * UsedBlocks::block_size;
  }
  return std::max(report.volume_bytes, std::min(end, used.size_bytes()));
}

}  // namespace nacre
