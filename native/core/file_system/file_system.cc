#include "core/file_system/file_system.h"

#include <array>
#include <utility>

#include "core/error.h"

namespace nacre {
namespace {

constexpr std::array<std::pair<FileSystemType, const char*>, 11> type_names{{
    {FileSystemType::raw, "raw"},
    {FileSystemType::ntfs, "ntfs"},
    {FileSystemType::fat12, "fat12"},
    {FileSystemType::fat16, "fat16"},
    {FileSystemType::fat32, "fat32"},
    {FileSystemType::exfat, "exfat"},
    {FileSystemType::ext2, "ext2"},
    {FileSystemType::ext3, "ext3"},
    {FileSystemType::ext4, "ext4"},
    {FileSystemType::xfs, "xfs"},
    {FileSystemType::swap, "swap"},
}};

}  // namespace

const char* name_of(FileSystemType type) {
  for (const auto& [value, name] : type_names) {
    if (value == type) return name;
  }
  return "raw";
}

const char* name_of(VolumeState state) {
  switch (state) {
    case VolumeState::clean:
      return "clean";
    case VolumeState::dirty:
      return "dirty";
    case VolumeState::hibernated:
      return "hibernated";
    case VolumeState::journal:
      return "journal";
    case VolumeState::unsupported:
      return "unsupported";
    case VolumeState::damaged:
      break;
  }
  return "damaged";
}

const char* name_of(PositionalKind kind) {
  switch (kind) {
    case PositionalKind::hidden_sectors:
      return "hidden-sectors";
    case PositionalKind::sectors_per_track:
      return "sectors-per-track";
    case PositionalKind::heads:
      break;
  }
  return "heads";
}

FileSystemType file_system_type(const std::string& name) {
  for (const auto& [value, known] : type_names) {
    if (name == known) return value;
  }
  throw FormatError("file system type " + name);
}

void add_positional_fields(std::uint64_t sector_offset, std::vector<PositionalField>& fields) {
  fields.push_back({sector_offset + 0x18, PositionalKind::sectors_per_track, 2});
  fields.push_back({sector_offset + 0x1a, PositionalKind::heads, 2});
  fields.push_back({sector_offset + 0x1c, PositionalKind::hidden_sectors, 4});
}

}  // namespace nacre
