#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace nacre {

/// Attribute types that are read here.
enum class NtfsAttributeType : std::uint32_t {
  attribute_list = 0x20,
  volume_name = 0x60,
  volume_information = 0x70,
  data = 0x80,
  index_root = 0x90,
  index_allocation = 0xa0
};

/// One attribute of a record; `bytes` points into the record.
struct NtfsAttribute {
  NtfsAttributeType type;
  bool is_resident;
  /// In UTF-8; empty for the unnamed one.
  std::string name;
  Bytes bytes;

  /// Content of a resident attribute. @throws FormatError
  [[nodiscard]] Bytes value() const;
  /// First cluster of the stream that a non-resident attribute describes.
  [[nodiscard]] std::uint64_t first_vcn() const;
};

/// A run of clusters of a stream: `vcn` counts in the stream, `lcn` on the volume.
struct NtfsRun {
  static constexpr std::uint64_t hole = UINT64_MAX;

  std::uint64_t vcn;
  std::uint64_t clusters;
  std::uint64_t lcn;
};

/// Puts back the last two bytes of each 512 that the update sequence holds (multi-sector transfer).
/// @throws FormatError with `field` when a sector does not carry the sequence number: a torn write.
void apply_ntfs_fixups(MutableBytes record, const char* field);

/// Attributes of a FILE record after its fixups, in order. @throws FormatError
[[nodiscard]] std::vector<NtfsAttribute> parse_ntfs_attributes(Bytes record);

/// Appends the runs of a non-resident attribute, which must continue `runs`.
/// @throws FormatError for a run outside `volume_clusters` or a list that does not end where it
/// says.
void append_ntfs_runs(const NtfsAttribute& attribute, std::uint64_t volume_clusters,
                      std::vector<NtfsRun>& runs);

}  // namespace nacre
