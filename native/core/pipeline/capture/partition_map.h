#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/pipeline/layout.h"
#include "core/used_blocks.h"

namespace nacre::pipeline {

/// The used blocks of a partition that is to be captured: those of its file system, or all of them
/// (then no bit is kept, however large the partition is).
class PartitionMap {
 public:
  /// Every block is used.
  explicit PartitionMap(std::uint64_t size) : size_(size) {}
  explicit PartitionMap(UsedBlocks blocks)
      : size_(blocks.size_bytes()), blocks_(std::move(blocks)) {}

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t chunk_count() const { return chunk_count_of(size_); }
  [[nodiscard]] std::uint16_t mask(std::uint64_t chunk) const {
    return blocks_ ? blocks_->chunk_mask(chunk) : reach_mask(size_, chunk);
  }
  /// First chunk >= `from` with a used block, or `chunk_count()`.
  [[nodiscard]] std::uint64_t next_used_chunk(std::uint64_t from) const {
    return blocks_ ? blocks_->next_used_chunk(from) : from;
  }
  [[nodiscard]] std::uint64_t used_bytes() const { return blocks_ ? blocks_->used_bytes() : size_; }
  [[nodiscard]] std::uint64_t used_chunks() const;

 private:
  std::uint64_t size_;
  std::optional<UsedBlocks> blocks_;
};

}  // namespace nacre::pipeline
