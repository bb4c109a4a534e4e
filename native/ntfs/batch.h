// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/block_store.h"
#include "core/file_system/file_system.h"
#include "ntfs/change_journal.h"
#include "ntfs/file_volume.h"
#include "ntfs/overlay.h"
#include "ntfs/protocol.h"

namespace nacre::files {

/// An open volume, and the changes of one batch until its commit. Stores must outlive it.
class Batch {
 public:
  /// For reading, also a volume that is not clean.
  Batch(BlockStore& window, std::uint32_t sector_size);
  /// For changes; `journal` may be null. Finishes what a cut left in the journal first.
  /// @throws CodedError VOLUME_DIRTY, VOLUME_HIBERNATED, VOLUME_DAMAGED, VOLUME_UNSUPPORTED
  Batch(BlockStore& window, std::uint32_t sector_size, ChangeJournal* journal);

  [[nodiscard]] FileVolume& files() { return *files_; }
  /// Makes the changes part of the volume. @returns the number of blocks in use that changed.
  std::uint64_t commit();

 private:
  std::optional<Overlay> overlay_;
  ChangeJournal* journal_ = nullptr;
  std::unique_ptr<FileVolume> files_;
};

}  // namespace nacre::files
