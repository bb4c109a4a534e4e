// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/commit.h"

#include <algorithm>

#include "core/file_system/crc32c.h"

namespace nacre::files {
namespace {

template <class Blocks>
void apply(BlockStore& window, const Blocks& blocks) {
  for (const auto& block : blocks) {
    const Bytes content(block.after.bytes);
    window.write(block.number * block_size, content.first(block_length(window, block.number)));
  }
  window.flush();
  for (const auto& block : blocks) {
    if (read_block(window, block.number).bytes != block.after.bytes) {
      throw CodedError("DISK_READ_BACK",
                       {{"offset", block.number * block_size}, {"what", "structures of a volume"}});
    }
  }
}

// A cut leaves each sector as it was or as it shall be. Anything else was written later, by
// somebody who did not know of the journal: its blocks would tear that apart.
void require_known(const BlockStore& window, const JournalledBlock& block) {
  const Block found = read_block(window, block.number);
  const std::size_t sector = block_size / block.before.size();
  for (std::size_t i = 0; i < block.before.size(); i++) {
    const Bytes now = Bytes(found.bytes).subspan(i * sector, sector);
    const Bytes after = Bytes(block.after.bytes).subspan(i * sector, sector);
    if (crc32c(0xffffffffU, now) == block.before[i]) continue;
    if (std::equal(now.begin(), now.end(), after.begin())) continue;
    throw CodedError("VOLUME_JOURNAL_STALE", {{"offset", block.number * block_size + i * sector}});
  }
}

}  // namespace

CommitResult commit(Overlay& overlay, ChangeJournal* journal) {
  // First what nobody sees yet, so that a medium that fails does so here.
  overlay.settle();
  const std::vector<ChangedBlock> blocks = overlay.changes();
  if (blocks.empty()) return {};
  if (journal != nullptr) journal->store(blocks);
  apply(overlay.window(), blocks);
  if (journal != nullptr) journal->clear();
  return {.changed_blocks = blocks.size()};
}

std::uint64_t replay(BlockStore& window, ChangeJournal& journal) {
  const auto blocks = journal.pending();
  if (!blocks) return 0;
  for (const JournalledBlock& block : *blocks) require_known(window, block);
  apply(window, *blocks);
  journal.clear();
  return blocks->size();
}

}  // namespace nacre::files
