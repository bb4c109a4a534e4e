#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "core/pipeline/hole_finder.h"
#include "core/pipeline/pack/pack_set.h"
#include "core/pipeline/places.h"
#include "core/pipeline/target/image_view.h"

namespace nacre::pipeline {

/// What an image says about one place of a target.
struct TargetChunk {
  /// Empty when `is_zero`.
  Bytes digest;
  /// Only when the plan was given packs.
  ChunkLocation location;
  /// All used blocks are zero in the image.
  bool is_zero = false;
  /// The target file has a hole here: it reads as zero.
  bool is_hole = false;
};

/// Up to 16 places of one partition for one thread.
struct TargetJob {
  std::uint32_t partition = 0;
  std::size_t count = 0;
  std::array<Place, job_chunks> places;
  std::array<TargetChunk, job_chunks> chunks;
  /// Bytes of used blocks that need no work: zero in the image, a hole in the target.
  std::uint64_t skipped_bytes = 0;

  [[nodiscard]] std::span<const Place> used() const { return {places.data(), count}; }
};

/// Hands out the places of an image in disk order. Thread-safe.
class TargetPlan {
 public:
  /// With `packs`, every data chunk must be in them, and jobs end between frames where they can, so
  /// that few frames are decompressed twice. `use_holes` asks the target file for its holes.
  TargetPlan(const Device& device, const std::vector<ImageView>& partitions, const PackSet* packs,
             bool use_holes);

  /// Fills `job`. @returns false when nothing is left.
  [[nodiscard]] bool next(TargetJob& job);

 private:
  struct Cursor {
    std::uint32_t partition = 0;
    std::size_t run = 0;
    std::uint32_t index = 0;
  };

  /// Moves to the next existing place. @returns false at the end.
  [[nodiscard]] bool settle(Cursor& cursor) const;
  [[nodiscard]] std::uint64_t chunks_in_hole(const ImageView& view, std::uint64_t chunk);
  [[nodiscard]] bool skip_zero_hole(TargetJob& job);
  [[nodiscard]] TargetChunk describe(const ImageView& view, const ChunkRun& run,
                                     std::uint32_t index);
  void cut_between_frames(TargetJob& job, std::span<const Cursor> cursors);

  std::mutex mutex_;
  const std::vector<ImageView>& partitions_;
  const PackSet* packs_;
  bool use_holes_;
  HoleFinder holes_;
  Cursor at_;
};

}  // namespace nacre::pipeline
