#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/digest.h"
#include "core/pipeline/control.h"
#include "core/pipeline/pack/pack_set.h"

namespace nacre::pipeline {

struct CheckRequest {
  std::vector<PackInput> packs;
  DigestAlgorithm algorithm = DigestAlgorithm::blake3;
  /// Digests to check, 32 bytes each; empty = all.
  Bytes wanted;
  /// 0 = chosen here.
  unsigned threads = 0;
};

/// A chunk that a pack does not hold as its index says.
struct DamagedChunk {
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  /// Offset of the frame in the pack.
  std::uint64_t offset = 0;
  /// Number of the chunk in the pack's index.
  std::uint32_t chunk = 0;
  std::string expected;
  /// Empty when nothing could be decompressed.
  std::string found;
  std::string reason;
};

struct CheckResult {
  std::uint64_t checked_chunks = 0;
  /// In the order of packs, frames and chunks.
  std::vector<DamagedChunk> damaged;
};

/// Reads frames and proves check, compression and digests. Goes on after damage, also after a read
/// error.
/// @throws FormatError for records that do not fit their file, OsError when a pack cannot be
/// opened, Cancelled
[[nodiscard]] CheckResult check(const CheckRequest& request, Control& control);

}  // namespace nacre::pipeline
