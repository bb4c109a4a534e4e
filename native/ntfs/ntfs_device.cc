// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ntfs_device.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/hdreg.h>

#include <algorithm>
#include <cerrno>

namespace nacre::files {
namespace {

NtfsDeviceData& data_of(ntfs_device* device) {
  return *static_cast<NtfsDeviceData*>(device->d_private);
}

int fail(int error_number) {
  errno = error_number;
  return -1;
}

int open_device(ntfs_device* device, int flags) {
  if (NDevOpen(device)) return fail(EBUSY);
  const bool wants_write = (flags & O_ACCMODE) == O_RDWR;
  if (wants_write && !data_of(device).can_write) return fail(EROFS);
  if (!wants_write) NDevSetReadOnly(device);
  NDevSetBlock(device);
  NDevSetOpen(device);
  return 0;
}

int close_device(ntfs_device* device) {
  if (!NDevOpen(device)) return fail(EBADF);
  NDevClearOpen(device);
  return 0;
}

s64 seek_device(ntfs_device* device, s64 offset, int whence) {
  NtfsDeviceData& data = data_of(device);
  const auto size = static_cast<s64>(data.bridge.size());
  const s64 base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? data.position : size;
  const s64 wanted = base + offset;
  if (wanted < 0 || wanted > size) return fail(EINVAL);
  data.position = wanted;
  return wanted;
}

s64 read_at(ntfs_device* device, void* target, s64 count, s64 offset) {
  NtfsDeviceData& data = data_of(device);
  const auto size = static_cast<s64>(data.bridge.size());
  if (count < 0 || offset < 0 || offset > size) return fail(EINVAL);
  const s64 inside = std::min(count, size - offset);
  const MutableBytes bytes(static_cast<std::byte*>(target), static_cast<std::size_t>(inside));
  if (!data.bridge.read(static_cast<std::uint64_t>(offset), bytes)) return fail(EIO);
  return inside;
}

s64 write_at(ntfs_device* device, const void* source, s64 count, s64 offset) {
  NtfsDeviceData& data = data_of(device);
  if (NDevReadOnly(device)) return fail(EROFS);
  if (count < 0 || offset < 0) return fail(EINVAL);
  const Bytes bytes(static_cast<const std::byte*>(source), static_cast<std::size_t>(count));
  if (!data.bridge.write(static_cast<std::uint64_t>(offset), bytes)) return fail(EIO);
  return count;
}

s64 read_on(ntfs_device* device, void* target, s64 count) {
  const s64 done = read_at(device, target, count, data_of(device).position);
  if (done > 0) data_of(device).position += done;
  return done;
}

s64 write_on(ntfs_device* device, const void* source, s64 count) {
  const s64 done = write_at(device, source, count, data_of(device).position);
  if (done > 0) data_of(device).position += done;
  return done;
}

// Nothing to be done before the commit.
int sync_device(ntfs_device* /*device*/) { return 0; }

int stat_device(ntfs_device* device, struct stat* answer) {
  *answer = {};
  // The library takes a file's size for the device's, and asks a block device by ioctl.
  answer->st_mode = S_IFBLK;
  answer->st_size = static_cast<off_t>(data_of(device).bridge.size());
  return 0;
}

int control_device(ntfs_device* device, unsigned long request, void* argument) {
  const NtfsDeviceData& data = data_of(device);
  switch (request) {
    case BLKGETSIZE64:
      *static_cast<std::uint64_t*>(argument) = data.bridge.size();
      return 0;
    case BLKSSZGET:
      *static_cast<int*>(argument) = static_cast<int>(data.sector_size);
      return 0;
    case BLKBSZSET:
      return 0;
    default:
      return fail(EOPNOTSUPP);
  }
}

}  // namespace

ntfs_device_operations* ntfs_store_operations() {
  static ntfs_device_operations operations{
      .open = open_device,
      .close = close_device,
      .seek = seek_device,
      .read = read_on,
      .write = write_on,
      .pread = read_at,
      .pwrite = write_at,
      .sync = sync_device,
      .stat = stat_device,
      .ioctl = control_device,
  };
  return &operations;
}

}  // namespace nacre::files
