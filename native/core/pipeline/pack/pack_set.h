#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/digest.h"
#include "core/pipeline/digest_index.h"
#include "core/pipeline/pack/frame_codec.h"
#include "core/pipeline/pack/pack_bytes.h"

namespace nacre::pipeline {

/// A pack with the records of its index, which must stay as they are while in use.
struct PackInput {
  PackPlace place = {};
  Bytes frames = {};
  Bytes digests = {};
};

/// Where a chunk lies: pack, frame of the pack, chunk of the frame.
struct ChunkLocation {
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  std::uint32_t slot = 0;

  [[nodiscard]] bool is_in_frame(const ChunkLocation& other) const {
    return pack == other.pack && frame == other.frame;
  }
};

/// A frame with its place in the pack.
struct FrameLocation {
  FrameRecord record;
  std::uint64_t offset = 0;
  /// Number of its first digest record in the pack.
  std::uint32_t first_chunk = 0;
};

/// The checked, opened packs of an image. Reading is thread-safe.
class PackSet {
 public:
  /// @throws FormatError for records that are not as docs/image-format.md says or do not fit the
  /// pack; OsError with its path.
  explicit PackSet(const std::vector<PackInput>& packs);
  PackSet(const PackSet&) = delete;
  PackSet& operator=(const PackSet&) = delete;
  PackSet(PackSet&&) = delete;
  PackSet& operator=(PackSet&&) = delete;
  ~PackSet() = default;

  /// Makes `find` work; not needed to walk through the frames.
  void index_chunks();
  [[nodiscard]] std::optional<ChunkLocation> find(Bytes digest) const;

  [[nodiscard]] std::size_t size() const { return packs_.size(); }
  [[nodiscard]] const std::string& path(std::uint32_t pack) const {
    return packs_[pack].input.place.path;
  }
  [[nodiscard]] std::uint32_t frame_count(std::uint32_t pack) const;
  [[nodiscard]] FrameLocation frame(std::uint32_t pack, std::uint32_t frame) const;
  [[nodiscard]] Bytes digest(std::uint32_t pack, std::uint32_t chunk) const;
  /// Fills `target` from `offset` of a pack. @throws OsError with the pack's path
  void read(std::uint32_t pack, std::uint64_t offset, MutableBytes target) const {
    packs_[pack].bytes.read(offset, target);
  }
  /// As `PackBytes::read_again`.
  [[nodiscard]] bool read_again(std::uint32_t pack, std::uint64_t offset, MutableBytes target,
                                unsigned attempt) const {
    return packs_[pack].bytes.read_again(offset, target, attempt);
  }
  /// True when each read of the pack is a round trip.
  [[nodiscard]] bool is_remote(std::uint32_t pack) const { return packs_[pack].bytes.is_remote(); }
  /// True when one of the packs is.
  [[nodiscard]] bool is_remote() const {
    return std::any_of(packs_.begin(), packs_.end(),
                       [](const Pack& pack) { return pack.bytes.is_remote(); });
  }

 private:
  struct FramePlace {
    std::uint64_t offset;
    std::uint32_t first_chunk;
  };
  struct Pack {
    PackInput input;
    PackBytes bytes;
    std::vector<FramePlace> frames;
    /// Number of its first chunk among the chunks of all packs.
    std::uint32_t base = 0;
  };

  static Pack open(const PackInput& input);
  [[nodiscard]] const Pack& pack_of(std::uint32_t number) const;
  [[nodiscard]] Bytes digest_at(std::uint32_t number) const;

  std::vector<Pack> packs_;
  DigestIndex index_;
};

}  // namespace nacre::pipeline
