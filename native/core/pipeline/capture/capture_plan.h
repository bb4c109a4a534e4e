#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "core/pipeline/capture/capture.h"
#include "core/pipeline/hole_finder.h"
#include "core/pipeline/places.h"

namespace nacre::pipeline {

/// Work for one thread: up to 16 used chunks, or a stretch of a partition that is a hole in the
/// file.
struct CaptureJob {
  std::uint64_t number = 0;
  std::uint32_t partition = 0;
  std::array<Place, job_chunks> places;
  std::size_t count = 0;
  /// Chunks [hole_begin, hole_end) hold zero only; `count` is 0 then.
  std::uint64_t hole_begin = 0;
  std::uint64_t hole_end = 0;

  [[nodiscard]] std::span<const Place> used() const { return {places.data(), count}; }
};

/// Hands out the used chunks of all partitions in disk order, numbered from 0. Thread-safe.
class CapturePlan {
 public:
  CapturePlan(const Device& device, const std::vector<CapturePartition>& partitions);

  /// Fills `job`. @returns false when nothing is left.
  [[nodiscard]] bool next(CaptureJob& job);

 private:
  [[nodiscard]] std::uint64_t chunk_after_hole(const CapturePartition& partition,
                                               std::uint64_t chunk);

  std::mutex mutex_;
  const std::vector<CapturePartition>& partitions_;
  HoleFinder holes_;
  std::uint64_t next_number_ = 0;
  std::uint32_t partition_ = 0;
  std::uint64_t chunk_ = 0;
};

}  // namespace nacre::pipeline
