#pragma once

#include <cstdint>

#include "core/device.h"

namespace nacre::pipeline {

/// Knows where an image file has holes, which read as zero and need no reading. Remembers one
/// extent, so that questions in rising order cost one system call per extent. A block device has no
/// holes.
class HoleFinder {
 public:
  explicit HoleFinder(const Device& device) : device_(device) {}

  /// The end of the hole that `offset` lies in; `offset` itself where data may be.
  [[nodiscard]] std::uint64_t hole_end(std::uint64_t offset) {
    if (offset < asked_ || offset >= data_.end) {
      asked_ = offset;
      data_ = device_.next_data(offset);
    }
    return offset < data_.begin ? data_.begin : offset;
  }

 private:
  const Device& device_;
  std::uint64_t asked_ = 0;
  Device::Extent data_{0, 0};
};

}  // namespace nacre::pipeline
