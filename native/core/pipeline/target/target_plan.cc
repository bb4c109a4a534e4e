#include "core/pipeline/target/target_plan.h"

#include <algorithm>

namespace nacre::pipeline {

TargetPlan::TargetPlan(const Device& device, const std::vector<ImageView>& partitions,
                       const PackSet* packs, bool use_holes)
    : partitions_(partitions), packs_(packs), use_holes_(use_holes), holes_(device) {}

bool TargetPlan::settle(Cursor& cursor) const {
  for (; cursor.partition < partitions_.size(); cursor = {.partition = cursor.partition + 1}) {
    const std::vector<ChunkRun>& runs = partitions_[cursor.partition].runs();
    if (cursor.run < runs.size() && cursor.index >= runs[cursor.run].count) {
      cursor.run++;
      cursor.index = 0;
    }
    if (cursor.run < runs.size()) return true;
  }
  return false;
}

// How many chunks from `chunk` on lie wholly in the hole at its beginning.
std::uint64_t TargetPlan::chunks_in_hole(const ImageView& view, std::uint64_t chunk) {
  if (!use_holes_) return 0;
  const PartitionWindow window = view.window();
  const std::uint64_t end = holes_.hole_end(window.offset + chunk * chunk_size) - window.offset;
  const std::uint64_t after = end >= window.size ? chunk_count_of(window.size) : end / chunk_size;
  return after > chunk ? after - chunk : 0;
}

// Passes zero chunks that are holes without making work of them.
bool TargetPlan::skip_zero_hole(TargetJob& job) {
  const ImageView& view = partitions_[at_.partition];
  const ChunkRun& run = view.runs()[at_.run];
  if (!run.is_zero) return false;
  const std::uint64_t chunk = run.first + at_.index;
  const std::uint64_t count =
      std::min({chunks_in_hole(view, chunk), view.next_field_chunk(chunk) - chunk,
                std::uint64_t{run.count - at_.index}});
  if (count == 0) return false;
  job.skipped_bytes += view.used_bytes(run, at_.index, static_cast<std::uint32_t>(count));
  at_.index += static_cast<std::uint32_t>(count);
  return true;
}

TargetChunk TargetPlan::describe(const ImageView& view, const ChunkRun& run, std::uint32_t index) {
  TargetChunk chunk{.digest = {},
                    .location = {},
                    .is_zero = run.is_zero,
                    .is_hole = chunks_in_hole(view, run.first + index) != 0};
  if (run.is_zero) return chunk;
  chunk.digest = view.digest(run, index);
  if (packs_ != nullptr) chunk.location = packs_->find(chunk.digest).value();
  return chunk;
}

bool TargetPlan::next(TargetJob& job) {
  const std::lock_guard lock(mutex_);
  job.count = 0;
  job.skipped_bytes = 0;
  std::array<Cursor, job_chunks> cursors;
  while (job.count < job_chunks && settle(at_)) {
    const bool is_other_partition = at_.partition != job.partition;
    if (is_other_partition && (job.count != 0 || job.skipped_bytes != 0)) break;
    job.partition = at_.partition;
    if (skip_zero_hole(job)) continue;
    const ImageView& view = partitions_[at_.partition];
    const ChunkRun& run = view.runs()[at_.run];
    cursors[job.count] = at_;
    job.places[job.count] = view.place(run, at_.index);
    job.chunks[job.count] = describe(view, run, at_.index);
    job.count++;
    at_.index++;
  }
  if (packs_ != nullptr && job.count == job_chunks) cut_between_frames(job, cursors);
  return job.count != 0 || job.skipped_bytes != 0;
}

// Gives the last places back to the next job when their frame goes on there.
void TargetPlan::cut_between_frames(TargetJob& job, std::span<const Cursor> cursors) {
  Cursor following = at_;
  if (!settle(following) || following.partition != job.partition) return;
  const ImageView& view = partitions_[following.partition];
  const ChunkRun& run = view.runs()[following.run];
  if (run.is_zero) return;
  const ChunkLocation next = packs_->find(view.digest(run, following.index)).value();
  std::size_t keep = job.count;
  while (keep > 0 && !job.chunks[keep - 1].is_zero &&
         job.chunks[keep - 1].location.is_in_frame(next)) {
    keep--;
  }
  if (keep == job.count || keep < job_chunks / 2) return;
  at_ = cursors[keep];
  job.count = keep;
}

}  // namespace nacre::pipeline
