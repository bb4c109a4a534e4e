// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "core/block_store.h"
#include "core/used_blocks.h"

namespace nacre::files {

/// The unit in which changes are held, journalled and applied.
constexpr std::uint64_t block_size = UsedBlocks::block_size;

/// Aligned, so that it can be read from the medium past the page cache.
struct alignas(block_size) Block {
  std::array<std::byte, block_size> bytes{};
};

/// A block in use whose content changes: what it holds in the committed state, and what it shall.
struct ChangedBlock {
  std::uint64_t number = 0;
  Block before;
  Block after;
};

/// What a file-system library sees of a volume while a batch of changes runs.
///
/// A write into blocks that are free in the committed state goes straight to the window: nothing
/// reads them there before the commit. A write into blocks in use is held in memory, so that the
/// committed state stays as it is until `commit`, or for good.
class Overlay final : public BlockStore {
 public:
  /// Most blocks that are held: 64 MiB, which stay within the memory of a small device.
  static constexpr std::size_t most_held = 16'384;

  /// `committed` marks the blocks in use; `window` must outlive this object.
  Overlay(BlockStore& window, UsedBlocks committed);

  [[nodiscard]] std::uint64_t size() const override { return window_.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override;
  /// @throws CodedError VOLUME_BATCH_TOO_LARGE when more than `most_held` blocks in use change.
  void write(std::uint64_t offset, Bytes source) override;
  /// Nothing: what a library flushes is not committed yet.
  void flush() override {}

  /// Returns when the blocks that were written straight to the window are on the medium and read
  /// back from there as they were written. @throws CodedError DISK_READ_BACK
  void settle();
  /// Blocks in use that differ from the committed state, in ascending order.
  [[nodiscard]] std::vector<ChangedBlock> changes() const;
  [[nodiscard]] BlockStore& window() const { return window_; }

 private:
  // CRC-32C of each block of 1 MiB that was written straight; above 32 bits: it was.
  static constexpr std::uint64_t group_blocks = 256;
  using Group = std::array<std::uint64_t, group_blocks>;

  [[nodiscard]] std::size_t length_of(std::uint64_t block) const;
  [[nodiscard]] bool is_straight(std::uint64_t block) const;
  void hold(std::uint64_t offset, Bytes source);
  void gather(std::uint64_t offset, Bytes source);
  void write_gathered();
  void note(std::uint64_t block, Bytes content);

  BlockStore& window_;
  UsedBlocks committed_;
  std::map<std::uint64_t, Block> held_;
  std::map<std::uint64_t, Group> straight_;
  // What goes straight to the window, until a write comes that does not continue it: libext2fs
  // writes files in single blocks, each of them twice (zeros first).
  std::uint64_t gathered_offset_ = 0;
  std::vector<std::byte> gathered_;
};

/// A whole block of a window; behind the window's end it is zero.
[[nodiscard]] Block read_block(const BlockReader& window, std::uint64_t number);
/// Bytes of the block that lie inside the window.
[[nodiscard]] std::size_t block_length(const BlockReader& window, std::uint64_t number);

}  // namespace nacre::files
