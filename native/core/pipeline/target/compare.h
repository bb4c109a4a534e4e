#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/device.h"
#include "core/digest.h"
#include "core/pipeline/control.h"
#include "core/pipeline/pack/pack_set.h"
#include "core/pipeline/places.h"
#include "core/pipeline/target/image_view.h"

namespace nacre::pipeline {

struct CompareRequest {
  std::shared_ptr<const Device> device;
  std::vector<ImagePartition> partitions;
  /// Needed to say which blocks of a chunk differ. Without any pack, all used blocks of it count.
  std::vector<PackInput> packs;
  DigestAlgorithm algorithm = DigestAlgorithm::blake3;
  /// 0 = chosen here.
  unsigned threads = 0;
};

struct ComparedPartition {
  std::uint64_t differing_chunks = 0;
  std::uint64_t differing_bytes = 0;
  /// In order, merged.
  std::vector<Range> ranges;
};

struct CompareResult {
  std::vector<ComparedPartition> partitions;
};

/// Finds the used blocks in which a target differs from an image; unused blocks count for nothing,
/// and a field may hold its captured or its placed bytes.
/// @throws FormatError, CodedError IMAGE_CHUNK_MISSING, IMAGE_CHUNK_DAMAGED, OsError, Cancelled
[[nodiscard]] CompareResult compare(const CompareRequest& request, Control& control);

}  // namespace nacre::pipeline
