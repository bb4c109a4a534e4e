#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/digest.h"
#include "core/pipeline/capture/capture.h"
#include "core/pipeline/capture/capture_plan.h"
#include "core/pipeline/capture/partition_records.h"
#include "core/pipeline/digest_index.h"
#include "core/pipeline/record_array.h"
#include "core/zero_pages.h"

namespace nacre::pipeline {

/// A job's chunks in memory with what is known about them. Before the first slot there is room for
/// the chunks that the job before left over, so that a frame over both is usually one piece of
/// memory.
struct LoadedJob {
  static constexpr std::size_t head_room = (frame_cap - 1) * chunk_size;

  ZeroPages memory = ZeroPages::for_transfer(head_room + job_chunks * chunk_size);
  std::array<bool, job_chunks> is_zero{};
  std::array<Digest, job_chunks> digests{};
  std::vector<Range> gaps;

  [[nodiscard]] MutableBytes chunks() const { return memory.bytes().subspan(head_room); }
};

/// Chunks of one frame to be, in memory of a LoadedJob.
struct ChunkGroup {
  std::array<const std::byte*, frame_cap> chunks{};
  std::array<Digest, frame_cap> digests{};

  /// The chunks as one run of bytes: where they lie, or copied into `scratch` when they are apart.
  [[nodiscard]] Bytes gather(MutableBytes scratch) const;
};

/// Decides in disk order what becomes of every chunk: records of its partition, and whether it is
/// new. New chunks are grouped by four; up to three left over wait here for the next job.
class ChunkSelector {
 public:
  ChunkSelector(const CaptureRequest& request, std::uint64_t used_chunks);

  /// Takes jobs in order of their numbers. `groups` gets the frames to make from it.
  /// @returns bytes of used blocks that are done without having been loaded (holes).
  std::uint64_t select(const CaptureJob& job, LoadedJob& loaded, std::vector<ChunkGroup>& groups);

  /// The chunks left over at the end.
  [[nodiscard]] Bytes rest() const { return carry_.bytes().first(carried_ * chunk_size); }
  /// Their digests.
  [[nodiscard]] std::span<const Digest> rest_digests() const {
    return std::span(carried_digests_).first(carried_);
  }
  /// Everything but the packs.
  [[nodiscard]] CaptureResult finish();

 private:
  /// A chunk that no pack has.
  struct FreshChunk {
    const std::byte* bytes = nullptr;
    Digest digest{};
  };
  using Fresh = std::array<FreshChunk, frame_cap - 1 + job_chunks>;

  std::uint64_t add_hole(const CaptureJob& job);
  void add_place(const CaptureJob& job, const LoadedJob& loaded, std::size_t slot);
  void make_groups(Fresh& fresh, std::size_t count, std::byte* before_slots,
                   std::vector<ChunkGroup>& groups);
  [[nodiscard]] bool is_new(const Digest& digest);

  const CaptureRequest& request_;
  std::vector<PartitionRecords> partitions_;
  std::shared_ptr<RecordArray> new_digests_;
  std::uint32_t known_count_;
  DigestIndex seen_;
  ZeroPages carry_{(frame_cap - 1) * chunk_size};
  std::array<Digest, frame_cap - 1> carried_digests_{};
  std::size_t carried_ = 0;
  CaptureResult counts_;
};

}  // namespace nacre::pipeline
