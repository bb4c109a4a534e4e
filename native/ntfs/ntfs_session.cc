// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ntfs_session.h"

#include <cerrno>
#include <cstring>

namespace nacre::files {
namespace {

/// `errno` by its name, `EIO`.
std::string error_name(int error_number) {
  const char* const name = ::strerrorname_np(error_number);
  return name == nullptr ? std::to_string(error_number) : name;
}

}  // namespace

NtfsSession::NtfsSession(BlockStore& store, std::uint32_t sector_size, bool can_write)
    : data_{.bridge = StoreBridge(store), .sector_size = sector_size, .can_write = can_write} {
  // Process-wide settings of the library: no messages, names in UTF-8.
  ntfs_log_set_handler(ntfs_log_handler_null);
  ntfs_set_char_encoding("UTF-8");
  ntfs_device* device = ntfs_device_alloc("window", 0, ntfs_store_operations(), &data_);
  if (device == nullptr) throw OsError(errno, "ntfs_device_alloc", "window");
  const unsigned long flags = can_write ? NTFS_MNT_NONE : NTFS_MNT_RDONLY;
  volume_ = ntfs_device_mount(device, static_cast<ntfs_mount_flags>(flags));
  if (volume_ == nullptr) {
    const int error_number = errno;
    ntfs_device_free(device);
    refuse_mount(error_number);
  }
}

NtfsSession::~NtfsSession() {
  // Only after a read, or a failure whose changes are dropped: then the store is dropped too.
  if (volume_ != nullptr) ntfs_umount(volume_, TRUE);
}

void NtfsSession::refuse_mount(int error_number) {
  data_.bridge.rethrow();
  const std::string reason = "libntfs-3g: " + error_name(error_number);
  switch (error_number) {
    case EPERM:
      throw CodedError("VOLUME_HIBERNATED", {{"fileSystem", "ntfs"}, {"reason", reason}});
    case EOPNOTSUPP:
      throw CodedError("VOLUME_DIRTY", {{"fileSystem", "ntfs"}, {"reason", reason}});
    default:
      throw CodedError("VOLUME_DAMAGED", {{"fileSystem", "ntfs"}, {"reason", reason}});
  }
}

void NtfsSession::fail(const char* action, const VolumePath& path, std::uint64_t needed) {
  const int error_number = errno;
  data_.bridge.rethrow();
  if (error_number == ENOSPC && volume_ != nullptr && ntfs_volume_get_free_space(volume_) == 0) {
    const auto free_clusters = static_cast<std::uint64_t>(volume_->free_clusters);
    throw CodedError("VOLUME_FULL", {{"path", path.text},
                                     {"needed", needed},
                                     {"free", free_clusters * volume_->cluster_size},
                                     {"unit", "bytes"}});
  }
  throw CodedError("VOLUME_IO",
                   {{"action", action}, {"path", path.text}, {"reason", error_name(error_number)}});
}

Inode NtfsSession::open(std::uint64_t record, const VolumePath& path) {
  Inode inode(ntfs_inode_open(volume_, MREF(record)));
  if (!inode) fail("open", path);
  // All but the root directory: bitmaps, the log, $Extend and what lies in it.
  const bool is_own = inode->mft_no < FILE_first_user && inode->mft_no != FILE_root;
  if (data_.can_write && is_own) throw path_refused(path, "it belongs to NTFS itself");
  return inode;
}

Inode NtfsSession::child(ntfs_inode* folder, const NtfsName& name, const VolumePath& path) {
  if (!is_folder(folder)) throw not_a_folder(path);
  if (is_link(folder)) throw path_refused(path, "a part of it is a link");
  errno = 0;
  // Only here: with the library's setting for the whole volume, folders are listed in lower case.
  NVolClearCaseSensitive(volume_);
  const u64 record = ntfs_inode_lookup_by_name(folder, name.data(), static_cast<int>(name.size()));
  NVolSetCaseSensitive(volume_);
  if (record != static_cast<u64>(-1)) return open(record, path);
  if (errno == ENOENT) return {};
  fail("look up", path);
}

Inode NtfsSession::walk(const VolumePath& path, std::size_t count) {
  Inode inode = open(FILE_root, path);
  for (std::size_t i = 0; inode && i < count; i++) {
    inode = child(inode.get(), ntfs_name(path.names[i]), path);
  }
  return inode;
}

Inode NtfsSession::find(const VolumePath& path) { return walk(path, path.names.size()); }

Inode NtfsSession::parent_of(const VolumePath& path) {
  if (path.names.empty()) throw path_refused(path, "it is the root folder");
  Inode folder = walk(path, path.names.size() - 1);
  if (!folder) throw not_found(path);
  return folder;
}

Inode NtfsSession::create(ntfs_inode* folder, const VolumePath& path, unsigned type) {
  const NtfsName name = new_ntfs_name(volume_, path.names.back());
  PERMISSIONS_CACHE* no_cache = nullptr;
  SECURITY_CONTEXT context{};
  context.vol = volume_;
  context.pseccache = &no_cache;
  const BOOL is_for_folder = S_ISDIR(type) ? TRUE : FALSE;
  const le32 security = ntfs_inherited_id(&context, folder, is_for_folder);
  Inode inode(ntfs_create(folder, security, name.data(), static_cast<u8>(name.size()), type));
  if (!inode) fail("create", path, volume_->cluster_size);
  return inode;
}

void NtfsSession::close(Inode inode, ntfs_inode* folder, const VolumePath& path) {
  ntfs_inode* const raw = inode.release();
  const int result =
      folder == nullptr ? ntfs_inode_close(raw) : ntfs_inode_close_in_dir(raw, folder);
  if (result != 0) fail("close", path);
}

void NtfsSession::unmount() {
  ntfs_volume* const volume = volume_;
  volume_ = nullptr;
  if (ntfs_umount(volume, FALSE) != 0) fail("unmount", {});
  data_.bridge.rethrow();
}

}  // namespace nacre::files
