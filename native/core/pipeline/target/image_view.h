#pragma once

#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/pipeline/places.h"

namespace nacre::pipeline {

/// Bytes that hold `captured` in the image and `placed` on this disk.
struct PlacedField {
  std::uint64_t offset = 0;
  std::vector<std::byte> captured;
  std::vector<std::byte> placed;
};

/// A partition of an image and where it lies on a disk. The records must stay as they are while in
/// use.
struct ImagePartition {
  PartitionWindow window;
  Bytes runs;
  Bytes masks;
  Bytes digests;
  std::vector<PlacedField> fields;
};

/// A run record with the numbers of its first mask and digest record.
struct ChunkRun {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  bool is_zero = false;
  bool is_masked = false;
  std::uint64_t first_mask = 0;
  std::uint64_t first_digest = 0;
};

/// The checked records of one partition.
class ImageView {
 public:
  /// @throws FormatError when a record is not as docs/image-format.md says, the counts do not add
  /// up, or a place lies outside the partition or the device.
  ImageView(const ImagePartition& partition, std::uint64_t device_size);

  [[nodiscard]] PartitionWindow window() const { return partition_.window; }
  [[nodiscard]] const std::vector<ChunkRun>& runs() const { return runs_; }
  [[nodiscard]] const std::vector<PlacedField>& fields() const { return partition_.fields; }
  [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
  /// Bytes in the used blocks of `count` places of a run from `index` on.
  [[nodiscard]] std::uint64_t used_bytes(const ChunkRun& run, std::uint32_t index,
                                         std::uint32_t count) const;
  /// First chunk >= `from` that a field touches, or the number of chunks.
  [[nodiscard]] std::uint64_t next_field_chunk(std::uint64_t from) const;
  /// The place with number `index` of a run.
  [[nodiscard]] Place place(const ChunkRun& run, std::uint32_t index) const;
  /// The digest of that place; only of runs that are not zero.
  [[nodiscard]] Bytes digest(const ChunkRun& run, std::uint32_t index) const;

 private:
  void add_run(std::size_t offset);
  void check_masks(const ChunkRun& run);
  void check_fields() const;

  ImagePartition partition_;
  std::vector<ChunkRun> runs_;
  std::uint64_t masks_ = 0;
  std::uint64_t digests_ = 0;
  std::uint64_t used_bytes_ = 0;
};

/// Views of all partitions. @throws FormatError also when two of them overlap on the disk.
[[nodiscard]] std::vector<ImageView> view_partitions(const std::vector<ImagePartition>& partitions,
                                                     std::uint64_t device_size);

}  // namespace nacre::pipeline
