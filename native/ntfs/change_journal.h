// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/block_store.h"
#include "ntfs/overlay.h"

namespace nacre::files {

/// Where a volume lies on its disk: a journal belongs to one place only.
struct WindowPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// A block to be put in its place, with CRC-32C of the sectors (512 bytes) that it replaces.
struct JournalledBlock {
  std::uint64_t number = 0;
  std::array<std::uint32_t, block_size / 512> before{};
  Block after;
};

/// Changed blocks of a volume on their way: what a cut in the middle of a commit left to be done.
///
/// Little-endian, in blocks of 4096 bytes. Blocks 0 and 1 are the header and its twin:
///
///     offset  size  meaning
///          0     8  NACREJNL
///          8     4  version, 1
///         12     4  block size, 4096
///         16     8  generation, one more with each commit
///         24     8  first byte of the volume on its disk
///         32     8  length of the volume in bytes
///         40     4  number of entries; 0: nothing to be done
///         44     4  CRC-32C of entries and contents, from all ones, not inverted
///         48    12  0
///         60     4  CRC-32C of the bytes before
///
/// From block 2 on: entries of 40 bytes (block number u64, eight CRC-32C of the sectors before),
/// padded with zeros to a block, then one block of content for each. Numbers ascend.
/// Contents are on the medium before a header names them; one whole header is enough.
class ChangeJournal {
 public:
  /// `store` is the journal's own place and must outlive this object.
  ChangeJournal(BlockStore& store, WindowPlace place) : store_(store), place_(place) {}

  /// Bytes that a journal of `count` blocks takes.
  [[nodiscard]] static std::uint64_t bytes_for(std::uint64_t count);

  /// What is still to be applied; nothing after a whole commit, or where no header was ever whole.
  /// @throws CodedError VOLUME_JOURNAL_FOREIGN for another place, VOLUME_JOURNAL_DAMAGED when a
  /// whole header names contents that are not there.
  [[nodiscard]] std::optional<std::vector<JournalledBlock>> pending() const;

  /// Returns when the blocks are on the medium and a cut from now on leads to `pending`.
  /// @throws CodedError VOLUME_JOURNAL_TOO_SMALL before anything is written.
  void store(const std::vector<ChangedBlock>& blocks);
  /// Nothing is pending any more, on the medium too.
  void clear();

 private:
  struct Header {
    std::uint64_t generation = 0;
    WindowPlace place;
    std::uint32_t count = 0;
    std::uint32_t checksum = 0;
  };

  [[nodiscard]] std::optional<Header> read_header(std::uint64_t block) const;
  [[nodiscard]] std::optional<Header> newest_header() const;
  void write_headers(const Header& header);

  BlockStore& store_;
  WindowPlace place_;
};

}  // namespace nacre::files
