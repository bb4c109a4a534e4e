#pragma once

#include <cstdint>
#include <memory>

#include "core/bytes.h"
#include "core/digest.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace nacre::pipeline {

/// One frame record of a pack index (docs/image-format.md, "Pack").
struct FrameRecord {
  std::uint32_t stored_length = 0;
  std::uint8_t chunks = 0;
  bool is_stored = false;
  /// First 8 bytes of the digest of the stored bytes, as they lie in the record.
  std::uint64_t check = 0;

  /// Length of the chunks of this frame in bytes.
  [[nodiscard]] std::size_t raw_length() const;
};

/// Reads the record at `offset`. @throws FormatError naming the field that cannot be right.
[[nodiscard]] FrameRecord parse_frame_record(Bytes records, std::size_t offset);
/// Stores `record` in the 16 zero bytes of `target`.
void serialize_frame_record(const FrameRecord& record, MutableBytes target);

/// The `check` of stored bytes.
[[nodiscard]] std::uint64_t frame_check(DigestAlgorithm algorithm, Bytes stored);

/// Compresses frames one after the other with one zstd context. The bytes depend only on the input
/// and the level, not on what the context did before.
class FrameEncoder {
 public:
  /// @throws FormatError for a level that zstd does not have.
  FrameEncoder(int level, DigestAlgorithm algorithm);

  /// Puts the frame for the whole chunks `raw` into `target`, which has at least as many bytes, and
  /// describes it. Data that zstd does not make smaller is stored as it is.
  [[nodiscard]] FrameRecord encode(Bytes raw, MutableBytes target);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  DigestAlgorithm algorithm_;
};

/// Decompresses frames into buffers of exactly the right size.
class FrameDecoder {
 public:
  FrameDecoder();

  /// Fills `raw` (record.raw_length() bytes) from the stored bytes.
  /// @throws FormatError when they are no single zstd frame of exactly that content size.
  void decode(const FrameRecord& record, Bytes stored, MutableBytes raw);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace nacre::pipeline
