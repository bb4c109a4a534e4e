#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/device.h"
#include "core/digest.h"
#include "core/pipeline/capture/frame_sink.h"
#include "core/pipeline/capture/partition_map.h"
#include "core/pipeline/control.h"
#include "core/pipeline/places.h"
#include "core/pipeline/record_array.h"

namespace nacre::pipeline {

/// A partition to capture: its place and its used blocks.
struct CapturePartition {
  std::uint64_t offset = 0;
  PartitionMap map;
};

struct CaptureRequest {
  std::shared_ptr<const Device> device;
  std::vector<CapturePartition> partitions;
  DigestAlgorithm algorithm = DigestAlgorithm::blake3;
  int level = 1;
  /// Digests that need no place in a pack; must stay as they are until the capture has ended.
  Bytes known_digests;
  /// Gets the frames; without one they go into packs of at most `pack_limit` bytes.
  std::shared_ptr<FrameSink> sink;
  std::string pack_directory;
  std::uint64_t pack_limit = 0;
  /// 0 = chosen here.
  unsigned threads = 0;
  /// Unreadable blocks become gaps.
  bool skip_bad = false;
};

/// The records of one partition, as a manifest holds them.
struct CapturedPartition {
  std::uint64_t used_bytes = 0;
  std::shared_ptr<const RecordArray> runs;
  std::shared_ptr<const RecordArray> masks;
  std::shared_ptr<const RecordArray> digests;
  std::vector<Range> gaps;
};

/// A pack file without its index; `frames` and `digests` lie in the arrays of the result.
struct CapturedPack {
  std::string path;
  Bytes frames;
  Bytes digests;
  std::uint64_t size = 0;
};

struct CaptureResult {
  std::vector<CapturedPartition> partitions;
  std::vector<CapturedPack> packs;
  std::shared_ptr<const RecordArray> frame_records;
  std::shared_ptr<const RecordArray> new_digests;
  std::uint64_t new_chunks = 0;
  std::uint64_t reused_chunks = 0;
  std::uint64_t zero_chunks = 0;
};

/// Reads the used blocks, digests their chunks and puts new ones into packs, in disk order: the
/// result depends on the disk and the known digests, not on the threads. Packs are on the medium
/// when it returns; after an error or a cancel, half-written pack files are left behind for the
/// caller to remove. With a sink there are no packs, and every frame has arrived there.
/// @throws CodedError IMAGE_SOURCE_UNREADABLE (partition and chunk counted from 0), OsError with
/// the path of a pack or the device, FormatError for a request that makes no sense, Cancelled, what
/// the sink throws.
[[nodiscard]] CaptureResult capture(const CaptureRequest& request, Control& control);

}  // namespace nacre::pipeline
