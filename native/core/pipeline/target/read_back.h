#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "core/device.h"
#include "core/digest.h"
#include "core/pipeline/places.h"

namespace nacre::pipeline {

/// Checks that what was written is what the medium gives back: at once where requests bypass the
/// page cache, else later in batches, after a flush and with the cached pages dropped. Thread-safe.
class ReadBack {
 public:
  explicit ReadBack(const Device& device) : device_(device) {}

  /// Called after `written` went to a stretch of a partition; `scratch` has room for as much.
  /// @throws CodedError IMAGE_READ_BACK when other bytes come back, IMAGE_TARGET_IO, OsError.
  void check(std::uint32_t partition, std::uint64_t disk_offset, Bytes written,
             MutableBytes scratch);

  /// Flushes the device and checks what is left.
  void finish();

 private:
  struct Pending {
    std::uint64_t disk_offset;
    std::size_t length;
    std::uint32_t partition;
    Digest digest;
  };

  void check_batch(const std::vector<Pending>& batch) const;
  void read(std::uint32_t partition, std::uint64_t disk_offset, MutableBytes found) const;
  void require(const Pending& entry, Bytes found) const;

  const Device& device_;
  std::mutex mutex_;
  std::vector<Pending> pending_;
};

}  // namespace nacre::pipeline
