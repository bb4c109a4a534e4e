// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/block_store.h"
#include "ntfs/ntfs_device.h"
#include "ntfs/ntfs_name.h"
#include "ntfs/volume_path.h"

namespace nacre::files {

struct InodeCloser {
  // What a close could not write is never committed: an inode that is closed here was only read,
  // or an exception is on its way.
  void operator()(ntfs_inode* inode) const { ntfs_inode_close(inode); }
};
using Inode = std::unique_ptr<ntfs_inode, InodeCloser>;

struct AttributeCloser {
  void operator()(ntfs_attr* attribute) const { ntfs_attr_close(attribute); }
};
using Attribute = std::unique_ptr<ntfs_attr, AttributeCloser>;

/// A mounted volume of libntfs-3g: inodes by path, and its failures as exceptions.
class NtfsSession {
 public:
  NtfsSession(BlockStore& store, std::uint32_t sector_size, bool can_write);
  NtfsSession(const NtfsSession&) = delete;
  NtfsSession& operator=(const NtfsSession&) = delete;
  NtfsSession(NtfsSession&&) = delete;
  NtfsSession& operator=(NtfsSession&&) = delete;
  ~NtfsSession();

  [[nodiscard]] ntfs_volume* volume() const { return volume_; }
  /// For callbacks of the library.
  [[nodiscard]] StoreBridge* bridge() { return &data_.bridge; }

  /// Nothing when there is no such name. @throws CodedError VOLUME_NOT_A_FOLDER, and for writing
  /// VOLUME_PATH_REFUSED for what belongs to NTFS itself.
  [[nodiscard]] Inode find(const VolumePath& path);
  /// The folder that holds the path's last name. @throws CodedError VOLUME_NOT_FOUND
  [[nodiscard]] Inode parent_of(const VolumePath& path);
  /// A name in a folder; nothing when it is not there.
  [[nodiscard]] Inode child(ntfs_inode* folder, const NtfsName& name, const VolumePath& path);
  [[nodiscard]] Inode open(std::uint64_t record, const VolumePath& path);

  /// Makes a file (S_IFREG) or folder (S_IFDIR) that inherits the folder's security.
  [[nodiscard]] Inode create(ntfs_inode* folder, const VolumePath& path, unsigned type);
  /// Closes an inode that was changed. `folder` is its parent when that is open too: the library
  /// would open it a second time otherwise.
  void close(Inode inode, ntfs_inode* folder, const VolumePath& path);

  /// Writes everything into the store.
  void unmount();
  /// Throws what a call that failed means: what the store threw, VOLUME_FULL, VOLUME_IO.
  [[noreturn]] void fail(const char* action, const VolumePath& path, std::uint64_t needed = 0);

 private:
  [[noreturn]] void refuse_mount(int error_number);
  [[nodiscard]] Inode walk(const VolumePath& path, std::size_t count);

  NtfsDeviceData data_;
  ntfs_volume* volume_ = nullptr;
};

[[nodiscard]] inline bool is_folder(const ntfs_inode* inode) {
  return (inode->mrec->flags & MFT_RECORD_IS_DIRECTORY) != 0;
}
/// A symbolic link, a junction, or another reparse point.
[[nodiscard]] inline bool is_link(const ntfs_inode* inode) {
  return (inode->flags & FILE_ATTR_REPARSE_POINT) != 0;
}

}  // namespace nacre::files
