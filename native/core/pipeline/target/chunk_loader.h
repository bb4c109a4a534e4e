#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/digest.h"
#include "core/pipeline/pack/frame_codec.h"
#include "core/pipeline/pack/pack_set.h"
#include "core/pipeline/target/image_view.h"
#include "core/pipeline/target/target_plan.h"
#include "core/zero_pages.h"

namespace nacre::pipeline {

/// One thread's way from packs to verified chunks. Adjacent frames are read with one request,
/// behind a network also those with a small gap between them; what is damaged is read again where a
/// pack has another place. A frame whose chunks follow each other in the job is decompressed right
/// into the job's buffer, others into a small cache.
class ChunkLoader {
 public:
  ChunkLoader(const PackSet& packs, DigestAlgorithm algorithm);

  /// Fills the slots of `image` that the bits of `wanted` name; the job's chunks have locations.
  /// @throws CodedError IMAGE_CHUNK_DAMAGED when a chunk is not what its digest says, OsError.
  void load(const TargetJob& job, PartitionWindow window, std::uint32_t wanted, MutableBytes image);

 private:
  /// Chunks of one frame, following each other both there and in the job.
  struct Piece {
    ChunkLocation location;
    FrameLocation frame;
    std::size_t slot = 0;
    std::size_t count = 0;
  };
  struct Cached {
    ChunkLocation location;
    std::uint64_t used_at = 0;
    ZeroPages raw{0};
  };

  void cut_pieces(const TargetJob& job, std::uint32_t wanted);
  [[nodiscard]] std::size_t read_frames(std::size_t first);
  [[nodiscard]] Cached* cached(const ChunkLocation& location);
  [[nodiscard]] MutableBytes cache_room(const ChunkLocation& location, std::size_t length);
  /// @returns true when the cache had the piece, undamaged
  [[nodiscard]] bool take_cached(const TargetJob& job, PartitionWindow window, const Piece& piece,
                                 MutableBytes image);
  void forget(const ChunkLocation& location);
  void unpack_verified(const TargetJob& job, PartitionWindow window, const Piece& piece,
                       MutableBytes stored, MutableBytes image);
  void unpack(const Piece& piece, Bytes stored, MutableBytes image);
  void verify(const TargetJob& job, PartitionWindow window, const Piece& piece, Bytes image) const;

  const PackSet& packs_;
  DigestAlgorithm algorithm_;
  FrameDecoder decoder_;
  std::vector<Piece> pieces_;
  ZeroPages stored_;
  std::array<Cached, 4> cache_;
  std::uint64_t clock_ = 0;
};

}  // namespace nacre::pipeline
