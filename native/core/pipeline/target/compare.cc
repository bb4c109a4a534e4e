#include "core/pipeline/target/compare.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "core/hex.h"
#include "core/pipeline/target/chunk_loader.h"
#include "core/pipeline/target/target_blocks.h"
#include "core/pipeline/target/target_plan.h"

namespace nacre::pipeline {
namespace {

struct CompareRun {
  const CompareRequest& request;
  Control& control;
  std::vector<ImageView> views;
  PackSet packs;
  TargetPlan plan;
  std::mutex mutex;
  std::vector<ComparedPartition> found;

  CompareRun(const CompareRequest& the_request, Control& the_control)
      : request(the_request),
        control(the_control),
        views(view_partitions(request.partitions, request.device->size())),
        packs(request.packs),
        plan(*request.device, views, nullptr, true),
        found(views.size()) {
    packs.index_chunks();
    std::uint64_t bytes = 0;
    for (const ImageView& view : views) bytes += view.used_bytes();
    control.set_total(bytes);
  }
};

class CompareWorker {
 public:
  explicit CompareWorker(CompareRun& shared)
      : shared_(shared), loader_(shared.packs, shared.request.algorithm) {}

  void run() {
    TargetJob job;
    while (!shared_.control.is_stopped() && shared_.plan.next(job)) {
      const ImageView& view = shared_.views[job.partition];
      if (job.count != 0) process(job, view);
      std::uint64_t bytes = job.skipped_bytes;
      for (const Place& place : job.used()) bytes += used_bytes(view.window().size, place);
      shared_.control.add_done(bytes);
    }
  }

 private:
  void process(TargetJob& job, const ImageView& view) {
    if (!read_target(*shared_.request.device, view.window(), job, target_.bytes())) {
      std::memset(target_.data(), 0, job.count * chunk_size);
    }
    std::array<Place, job_chunks> differences = job.places;
    const std::uint32_t suspects = differing_data(job, view);
    if (suspects != 0 && shared_.packs.size() != 0) load_suspects(job, view, suspects);
    bool has_difference = false;
    for (std::size_t slot = 0; slot < job.count; slot++) {
      differences[slot].mask = different_blocks(job, view, slot, (suspects >> slot & 1U) != 0);
      has_difference = has_difference || differences[slot].mask != 0;
    }
    if (has_difference) report(job, view, {differences.data(), job.count});
  }

  // Data chunks whose digest is not the image's.
  [[nodiscard]] std::uint32_t differing_data(const TargetJob& job, const ImageView& view) {
    std::uint32_t suspects = 0;
    for (std::size_t slot = 0; slot < job.count; slot++) {
      const MutableBytes found = target_.bytes().subspan(slot * chunk_size, chunk_size);
      unplace_fields(view.fields(), job.places[slot], found);
      if (job.chunks[slot].is_zero) continue;
      const Digest digest = digest_of(shared_.request.algorithm, found);
      if (std::memcmp(digest.data(), job.chunks[slot].digest.data(), digest_size) != 0) {
        suspects |= 1U << slot;
      }
    }
    return suspects;
  }

  void load_suspects(TargetJob& job, const ImageView& view, std::uint32_t suspects) {
    for (std::size_t slot = 0; slot < job.count; slot++) {
      if ((suspects >> slot & 1U) == 0) continue;
      const auto location = shared_.packs.find(job.chunks[slot].digest);
      if (!location) {
        throw CodedError("IMAGE_CHUNK_MISSING", {{"partition", std::uint64_t{job.partition}},
                                                 {"chunk", job.places[slot].chunk},
                                                 {"digest", hex(job.chunks[slot].digest)}});
      }
      job.chunks[slot].location = *location;
    }
    loader_.load(job, view.window(), suspects, image_.bytes());
  }

  [[nodiscard]] std::uint16_t different_blocks(const TargetJob& job, const ImageView& view,
                                               std::size_t slot, bool is_suspect) const {
    const Place place = job.places[slot];
    const Bytes target = target_.bytes().subspan(slot * chunk_size, chunk_size);
    if (job.chunks[slot].is_zero) return nonzero_blocks(view.window().size, place, target);
    if (!is_suspect) return 0;
    if (shared_.packs.size() == 0) return place.mask;
    return differing_blocks(view.window().size, place, target,
                            image_.bytes().subspan(slot * chunk_size, chunk_size));
  }

  void report(const TargetJob& job, const ImageView& view, std::span<const Place> differences) {
    const std::lock_guard lock(shared_.mutex);
    ComparedPartition& found = shared_.found[job.partition];
    for (const Place& place : differences) {
      if (place.mask == 0) continue;
      found.differing_chunks++;
      found.differing_bytes += used_bytes(view.window().size, place);
    }
    for_each_stretch(differences, view.window(), 0, [&](const Stretch& stretch) {
      found.ranges.push_back(
          {.offset = stretch.disk_offset - view.window().offset, .length = stretch.length});
    });
  }

  CompareRun& shared_;
  ChunkLoader loader_;
  ZeroPages target_ = ZeroPages::for_transfer(job_chunks * chunk_size);
  ZeroPages image_ = ZeroPages::for_transfer(job_chunks * chunk_size);
};

// Jobs end in any order, and a difference may go on in the next job.
void merge(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.offset < b.offset; });
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && merged.back().offset + merged.back().length == range.offset) {
      merged.back().length += range.length;
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

}  // namespace

CompareResult compare(const CompareRequest& request, Control& control) {
  CompareRun shared(request, control);
  run_workers(control, thread_count(request.threads, 8),
              [&shared] { CompareWorker(shared).run(); });
  for (ComparedPartition& partition : shared.found) merge(partition.ranges);
  return {.partitions = std::move(shared.found)};
}

}  // namespace nacre::pipeline
