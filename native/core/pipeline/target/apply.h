#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/device.h"
#include "core/digest.h"
#include "core/pipeline/control.h"
#include "core/pipeline/pack/pack_set.h"
#include "core/pipeline/target/image_view.h"

namespace nacre::pipeline {

struct ApplyRequest {
  std::shared_ptr<const Device> device;
  std::vector<ImagePartition> partitions;
  std::vector<PackInput> packs;
  DigestAlgorithm algorithm = DigestAlgorithm::blake3;
  /// False writes every used block without looking at what is there.
  bool compare = true;
  /// 0 = chosen here.
  unsigned threads = 0;
};

struct AppliedPartition {
  std::uint64_t written_bytes = 0;
  std::uint64_t unchanged_bytes = 0;
  /// Chunks in which something was written.
  std::uint64_t chunks_written = 0;
};

struct ApplyResult {
  std::vector<AppliedPartition> partitions;
  std::uint64_t verified_bytes = 0;
};

/// Makes the used blocks of the target equal to the image: writes the 4 KiB blocks that differ,
/// reads back what was written, and flushes. Blocks outside the masks are neither compared nor
/// written. All records are checked, and every chunk is looked up in the packs, before the first
/// write; every chunk's digest is checked before it is written. Run again after any failure, it
/// ends the same.
/// @throws FormatError, CodedError IMAGE_CHUNK_MISSING, IMAGE_CHUNK_DAMAGED, IMAGE_READ_BACK
/// (partitions counted from 0), OsError, Cancelled
[[nodiscard]] ApplyResult apply(const ApplyRequest& request, Control& control);

}  // namespace nacre::pipeline
