// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "core/block_store.h"
#include "ntfs/change_journal.h"
#include "ntfs/overlay.h"

namespace nacre::files {

/// What a commit did.
struct CommitResult {
  /// Blocks in use that were changed.
  std::uint64_t changed_blocks = 0;
};

/// Makes all changes of a batch part of the volume; the library must have written everything.
///
/// With a journal a cut at any write leaves the state before or, after `replay`, the state after.
/// Without one a cut while blocks are applied leaves neither. Everything is read back.
/// @throws CodedError VOLUME_JOURNAL_TOO_SMALL with nothing changed, DISK_READ_BACK, OsError
CommitResult commit(Overlay& overlay, ChangeJournal* journal);

/// Finishes a commit that a cut ended. @returns the number of blocks that it applied.
/// @throws CodedError VOLUME_JOURNAL_STALE, with nothing changed, when the volume holds something
/// that is neither its state before nor after.
std::uint64_t replay(BlockStore& window, ChangeJournal& journal);

}  // namespace nacre::files
