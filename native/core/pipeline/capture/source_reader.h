#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/device.h"
#include "core/pipeline/capture/capture.h"
#include "core/pipeline/places.h"

namespace nacre::pipeline {

/// Reads jobs of a source disk, and deals with blocks that cannot be read.
class SourceReader {
 public:
  SourceReader(const Device& device, bool skip_bad) : device_(device), skip_bad_(skip_bad) {}

  /// Fills the slots of `buffer` with the used blocks of `places`. With `skip_bad`, a block that
  /// cannot be read is zero, leaves its place's mask, and comes back as a gap of the partition.
  /// @throws CodedError IMAGE_SOURCE_UNREADABLE with the first bad block otherwise.
  [[nodiscard]] std::vector<Range> read(std::uint32_t partition, PartitionWindow window,
                                        std::span<Place> places, MutableBytes buffer) const;

 private:
  [[nodiscard]] std::vector<Range> read_blocks(std::uint32_t partition, PartitionWindow window,
                                               std::span<Place> places, MutableBytes buffer) const;

  const Device& device_;
  bool skip_bad_;
};

}  // namespace nacre::pipeline
