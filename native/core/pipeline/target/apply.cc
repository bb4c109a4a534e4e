#include "core/pipeline/target/apply.h"

#include <cstring>
#include <mutex>

#include "core/hex.h"
#include "core/pipeline/target/chunk_loader.h"
#include "core/pipeline/target/read_back.h"
#include "core/pipeline/target/target_blocks.h"
#include "core/pipeline/target/target_error.h"
#include "core/pipeline/target/target_plan.h"

namespace nacre::pipeline {
namespace {

void require_chunks(const std::vector<ImageView>& views, const PackSet& packs) {
  for (std::size_t number = 0; number < views.size(); number++) {
    for (const ChunkRun& run : views[number].runs()) {
      for (std::uint32_t i = 0; i < run.count && !run.is_zero; i++) {
        const Bytes digest = views[number].digest(run, i);
        if (packs.find(digest)) continue;
        throw CodedError("IMAGE_CHUNK_MISSING", {{"partition", std::uint64_t{number}},
                                                 {"chunk", run.first + i},
                                                 {"digest", hex(digest)}});
      }
    }
  }
}

/// What the threads of one apply share.
struct ApplyRun {
  const ApplyRequest& request;
  Control& control;
  std::vector<ImageView> views;
  PackSet packs;
  TargetPlan plan;
  ReadBack read_back;
  std::mutex mutex;
  std::vector<AppliedPartition> totals;

  ApplyRun(const ApplyRequest& the_request, Control& the_control)
      : request(the_request),
        control(the_control),
        views(view_partitions(request.partitions, request.device->size())),
        packs(request.packs),
        plan(*request.device, views, &packs, request.compare),
        read_back(*request.device),
        totals(views.size()) {
    packs.index_chunks();
    require_chunks(views, packs);
    std::uint64_t bytes = 0;
    for (const ImageView& view : views) bytes += view.used_bytes();
    control.set_total(bytes);
  }
};

/// One thread's buffers, and the way of a job through them.
class ApplyWorker {
 public:
  explicit ApplyWorker(ApplyRun& shared)
      : shared_(shared),
        device_(*shared.request.device),
        loader_(shared.packs, shared.request.algorithm),
        totals_(shared.views.size()) {}

  void run() {
    TargetJob job;
    while (!shared_.control.is_stopped() && shared_.plan.next(job)) process(job);
    const std::lock_guard lock(shared_.mutex);
    for (std::size_t i = 0; i < totals_.size(); i++) {
      shared_.totals[i].written_bytes += totals_[i].written_bytes;
      shared_.totals[i].unchanged_bytes += totals_[i].unchanged_bytes;
      shared_.totals[i].chunks_written += totals_[i].chunks_written;
    }
  }

 private:
  void process(const TargetJob& job) {
    const ImageView& view = shared_.views[job.partition];
    std::uint64_t used = job.skipped_bytes;
    std::uint64_t written = 0;
    if (job.count != 0) {
      const bool is_hole =
          shared_.request.compare && !read_target(device_, view.window(), job, target_.bytes());
      const std::uint32_t equal = shared_.request.compare && !is_hole ? equal_slots(job, view) : 0;
      loader_.load(job, view.window(), data_slots(job) & ~equal, image_.bytes());
      for (std::size_t slot = 0; slot < job.count; slot++) {
        used += used_bytes(view.window().size, job.places[slot]);
        changes_[slot] = job.places[slot];
        changes_[slot].mask = (equal >> slot & 1U) != 0 ? 0 : changed_blocks(job, slot, is_hole);
      }
      written = write_changes(job, view.window());
    }
    AppliedPartition& total = totals_[job.partition];
    total.written_bytes += written;
    total.unchanged_bytes += used - written;
    shared_.control.add_done(used);
  }

  [[nodiscard]] static std::uint32_t data_slots(const TargetJob& job) {
    std::uint32_t slots = 0;
    for (std::size_t slot = 0; slot < job.count; slot++) {
      if (!job.chunks[slot].is_zero) slots |= 1U << slot;
    }
    return slots;
  }

  // Data chunks that the target has already, by their digests. Where the last job differed
  // everywhere, the blocks are compared straight away instead: a digest is dearer than the
  // comparison it may save.
  [[nodiscard]] std::uint32_t equal_slots(const TargetJob& job, const ImageView& view) {
    if (differs_everywhere_) return 0;
    std::uint32_t equal = 0;
    bool has_data = false;
    for (std::size_t slot = 0; slot < job.count; slot++) {
      const TargetChunk& chunk = job.chunks[slot];
      if (chunk.is_zero || chunk.is_hole || has_field(view, job.places[slot])) continue;
      has_data = true;
      const Bytes found = target_.bytes().subspan(slot * chunk_size, chunk_size);
      const Digest digest = digest_of(shared_.request.algorithm, found);
      if (std::memcmp(digest.data(), chunk.digest.data(), digest_size) == 0) equal |= 1U << slot;
    }
    differs_everywhere_ = has_data && equal == 0;
    return equal;
  }

  [[nodiscard]] static bool has_field(const ImageView& view, Place place) {
    return view.next_field_chunk(place.chunk) == place.chunk;
  }

  // Prepares a slot of the image and tells which of its blocks have to be written.
  [[nodiscard]] std::uint16_t changed_blocks(const TargetJob& job, std::size_t slot, bool is_hole) {
    const ImageView& view = shared_.views[job.partition];
    const Place place = job.places[slot];
    const MutableBytes image = image_.bytes().subspan(slot * chunk_size, chunk_size);
    const Bytes target = target_.bytes().subspan(slot * chunk_size, chunk_size);
    if (job.chunks[slot].is_zero) std::memset(image.data(), 0, chunk_size);
    if (has_field(view, place)) place_fields(view.fields(), place, image);
    if (!shared_.request.compare) return place.mask;
    if (is_hole) return nonzero_blocks(view.window().size, place, image);
    const std::uint16_t changed = differing_blocks(view.window().size, place, target, image);
    if (changed == 0 && !job.chunks[slot].is_zero) differs_everywhere_ = false;
    return changed;
  }

  [[nodiscard]] std::uint64_t write_changes(const TargetJob& job, PartitionWindow window) {
    const std::span<const Place> changes(changes_.data(), job.count);
    std::uint64_t written = 0;
    for_each_stretch(changes, window, 0, [&](const Stretch& stretch) {
      for_parts(stretch, [&](const Stretch& part) {
        at_target({device_, job.partition, part.disk_offset, part.length, "write"},
                  [&] { device_.write(part.disk_offset, image_of(part)); });
        written += part.length;
      });
    });
    shared_.control.add_written(written);
    // The target's old bytes are no longer needed: their buffer takes what comes back.
    for_each_stretch(changes, window, 0, [&](const Stretch& stretch) {
      for_parts(stretch, [&](const Stretch& part) {
        shared_.read_back.check(job.partition, part.disk_offset, image_of(part), target_.bytes());
      });
    });
    for (const Place& place : changes) {
      if (place.mask != 0) totals_[job.partition].chunks_written++;
    }
    return written;
  }

  // A short last block would make a whole stretch unaligned, so it goes alone.
  template <class Visit>
  static void for_parts(const Stretch& stretch, Visit visit) {
    const std::size_t whole = stretch.length - stretch.length % block_size;
    if (whole != 0) {
      visit(Stretch{.buffer_offset = stretch.buffer_offset,
                    .disk_offset = stretch.disk_offset,
                    .length = whole});
    }
    if (whole == stretch.length) return;
    visit(Stretch{.buffer_offset = stretch.buffer_offset + whole,
                  .disk_offset = stretch.disk_offset + whole,
                  .length = stretch.length - whole});
  }

  [[nodiscard]] Bytes image_of(const Stretch& part) const {
    return image_.bytes().subspan(part.buffer_offset, part.length);
  }

  ApplyRun& shared_;
  const Device& device_;
  ChunkLoader loader_;
  std::vector<AppliedPartition> totals_;
  std::array<Place, job_chunks> changes_;
  bool differs_everywhere_ = false;
  ZeroPages target_ = ZeroPages::for_transfer(job_chunks * chunk_size);
  ZeroPages image_ = ZeroPages::for_transfer(job_chunks * chunk_size);
};

}  // namespace

ApplyResult apply(const ApplyRequest& request, Control& control) {
  ApplyRun shared(request, control);
  run_workers(control, thread_count(request.threads, shared.packs.is_remote() ? 3 : 2),
              [&shared] { ApplyWorker(shared).run(); });
  shared.read_back.finish();
  ApplyResult result{.partitions = std::move(shared.totals)};
  for (const AppliedPartition& partition : result.partitions) {
    result.verified_bytes += partition.written_bytes + partition.unchanged_bytes;
  }
  return result;
}

}  // namespace nacre::pipeline
