#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nacre {

/// `raw` is everything without a reader here: every block of it counts as used.
enum class FileSystemType : std::uint8_t {
  raw,
  ntfs,
  fat12,
  fat16,
  fat32,
  exfat,
  ext2,
  ext3,
  ext4,
  xfs,
  swap
};

/// Whether the used-block map may be relied on. Only `clean` may be captured by its map.
enum class VolumeState : std::uint8_t {
  clean,
  /// Not unmounted, or marked by its driver as in need of a check.
  dirty,
  /// An operating system sleeps on it and keeps part of its state in memory.
  hibernated,
  /// The journal holds changes that are not in their place yet.
  journal,
  /// A feature that no rule here covers.
  unsupported,
  /// Its own structures contradict each other or the partition.
  damaged
};

/// Fields of a boot sector that depend on where the volume lies, little-endian.
enum class PositionalKind : std::uint8_t { hidden_sectors, sectors_per_track, heads };

struct PositionalField {
  /// From the partition's first byte.
  std::uint64_t offset;
  PositionalKind kind;
  std::uint32_t length;
};

/// What a partition holds, by its own structures. Sizes are bytes.
struct VolumeReport {
  FileSystemType type = FileSystemType::raw;
  std::string label;
  std::string uuid;
  std::uint64_t cluster_bytes = 0;
  /// By the volume's own header, backup boot sector excluded; at most the partition.
  std::uint64_t volume_bytes = 0;
  VolumeState state = VolumeState::clean;
  /// The flag, feature or field behind `state`; for a raw volume that is known by name, the name.
  std::string reason;
  std::vector<PositionalField> positional_fields;
};

/// Names as `src/disk/native.ts` has them.
[[nodiscard]] const char* name_of(FileSystemType type);
[[nodiscard]] const char* name_of(VolumeState state);
[[nodiscard]] const char* name_of(PositionalKind kind);
/// @throws FormatError for a name that is none.
[[nodiscard]] FileSystemType file_system_type(const std::string& name);

/// Adds the three fields that NTFS and FAT keep at the same place of a boot sector at
/// `sector_offset`.
void add_positional_fields(std::uint64_t sector_offset, std::vector<PositionalField>& fields);

}  // namespace nacre
