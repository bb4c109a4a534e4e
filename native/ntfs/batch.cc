// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/batch.h"

#include "core/file_system/probe.h"
#include "ntfs/commit.h"
#include "ntfs/ext_file_volume.h"
#include "ntfs/ntfs_file_volume.h"

namespace nacre::files {
namespace {

const char* code_of(VolumeState state) {
  switch (state) {
    case VolumeState::clean:
      return nullptr;
    case VolumeState::dirty:
    case VolumeState::journal:
      return "VOLUME_DIRTY";
    case VolumeState::hibernated:
      return "VOLUME_HIBERNATED";
    case VolumeState::unsupported:
      return "VOLUME_UNSUPPORTED";
    case VolumeState::damaged:
      return "VOLUME_DAMAGED";
  }
  return "VOLUME_DAMAGED";
}

void require_clean(const VolumeReport& report) {
  const char* const code = code_of(report.state);
  if (code == nullptr) return;
  throw CodedError(code, {{"fileSystem", name_of(report.type)}, {"reason", report.reason}});
}

std::unique_ptr<FileVolume> open_files(FileSystemType type, BlockStore& store,
                                       std::uint32_t sector_size, bool can_write) {
  switch (type) {
    case FileSystemType::ntfs:
      return open_ntfs(store, sector_size, can_write);
    case FileSystemType::ext2:
    case FileSystemType::ext3:
    case FileSystemType::ext4:
      return open_ext(store, can_write);
    default:
      throw CodedError(
          "VOLUME_UNSUPPORTED",
          {{"fileSystem", name_of(type)}, {"reason", "files are changed on NTFS and ext2/3/4"}});
  }
}

UsedBlocks used_blocks(const BlockReader& window, FileSystemType type) {
  UsedBlocks used(window.size());
  mark_used(window, type, used);
  return used;
}

}  // namespace

Batch::Batch(BlockStore& window, std::uint32_t sector_size)
    : files_(open_files(probe_volume(window).type, window, sector_size, false)) {}

Batch::Batch(BlockStore& window, std::uint32_t sector_size, ChangeJournal* journal)
    : journal_(journal) {
  if (journal != nullptr) static_cast<void>(replay(window, *journal));
  const VolumeReport report = probe_volume(window);
  require_clean(report);
  overlay_.emplace(window, used_blocks(window, report.type));
  files_ = open_files(report.type, *overlay_, sector_size, true);
}

std::uint64_t Batch::commit() {
  if (!overlay_) throw FormatError("request: commit of a volume that is only read");
  files_->finish();
  files_.reset();
  return files::commit(*overlay_, journal_).changed_blocks;
}

}  // namespace nacre::files
