#include "core/pipeline/capture/capture_plan.h"

namespace nacre::pipeline {

CapturePlan::CapturePlan(const Device& device, const std::vector<CapturePartition>& partitions)
    : partitions_(partitions), holes_(device) {}

// First chunk from `chunk` on that does not lie wholly in the hole at its beginning.
std::uint64_t CapturePlan::chunk_after_hole(const CapturePartition& partition,
                                            std::uint64_t chunk) {
  const std::uint64_t begin = partition.offset + chunk * chunk_size;
  const std::uint64_t end = holes_.hole_end(begin) - partition.offset;
  return end >= partition.map.size() ? partition.map.chunk_count() : end / chunk_size;
}

bool CapturePlan::next(CaptureJob& job) {
  const std::lock_guard lock(mutex_);
  job.count = 0;
  for (; partition_ < partitions_.size(); partition_++, chunk_ = 0) {
    const CapturePartition& partition = partitions_[partition_];
    const std::uint64_t end = partition.map.chunk_count();
    while (job.count < job_chunks) {
      chunk_ = partition.map.next_used_chunk(chunk_);
      if (chunk_ >= end) break;
      const std::uint64_t after = chunk_after_hole(partition, chunk_);
      if (after > chunk_) {
        if (job.count != 0) break;
        job.number = next_number_++;
        job.partition = partition_;
        job.hole_begin = chunk_;
        job.hole_end = chunk_ = after;
        return true;
      }
      job.places[job.count++] = {.chunk = chunk_, .mask = partition.map.mask(chunk_)};
      chunk_++;
    }
    if (job.count != 0) {
      job.number = next_number_++;
      job.partition = partition_;
      return true;
    }
  }
  return false;
}

}  // namespace nacre::pipeline
