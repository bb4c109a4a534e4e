#pragma once

#include <cstdint>
#include <memory>

#include "core/digest.h"
#include "core/pipeline/capture/capture.h"
#include "core/pipeline/places.h"

namespace nacre::pipeline {

/// Builds the run, mask and digest records of one partition from its chunks in rising order.
class PartitionRecords {
 public:
  /// `used_chunks` bounds how many chunks will come.
  PartitionRecords(std::uint64_t partition_size, std::uint64_t used_chunks);

  /// A chunk whose used blocks are all zero.
  void add_zero(Place place) { add(place, true); }
  void add_data(Place place, const Digest& digest);
  void add_gap(Range gap);

  [[nodiscard]] CapturedPartition finish();

 private:
  void add(Place place, bool is_zero);
  [[nodiscard]] bool extends_last_run(std::uint64_t chunk, std::uint16_t kind) const;

  std::uint64_t partition_size_;
  std::uint64_t used_bytes_ = 0;
  std::shared_ptr<RecordArray> runs_;
  std::shared_ptr<RecordArray> masks_;
  std::shared_ptr<RecordArray> digests_;
  std::vector<Range> gaps_;
  // The last run, whose record is already in `runs_` and grows there.
  std::uint64_t run_first_ = 0;
  std::uint32_t run_count_ = 0;
  std::uint16_t run_kind_ = 0;
};

}  // namespace nacre::pipeline
