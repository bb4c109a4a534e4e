#include "core/kernel_partitions.h"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "core/file_descriptor.h"

namespace nacre {
namespace {

int change_partition(int disk, int operation, const KernelPartition& partition) {
  blkpg_partition change{};
  change.start = static_cast<long long>(partition.offset);
  change.length = static_cast<long long>(partition.size);
  change.pno = static_cast<int>(partition.number);
  blkpg_ioctl_arg request{};
  request.op = operation;
  request.datalen = sizeof change;
  request.data = &change;
  return ::ioctl(disk, BLKPG, &request) == 0 ? 0 : errno;
}

const KernelPartition* find(const std::vector<KernelPartition>& partitions, std::uint32_t number) {
  const auto found = std::find_if(partitions.begin(), partitions.end(),
                                  [&](const KernelPartition& one) { return one.number == number; });
  return found == partitions.end() ? nullptr : &*found;
}

/// What BLKPG has to do. Shrinking comes before anything may move into the room, growing after.
struct Changes {
  std::vector<KernelPartition> removed;
  std::vector<KernelPartition> shrunk;
  std::vector<KernelPartition> grown;
  std::vector<KernelPartition> added;
};

Changes changes_between(const std::vector<KernelPartition>& shown,
                        const std::vector<KernelPartition>& wanted) {
  Changes changes;
  for (const KernelPartition& old : shown) {
    const KernelPartition* same = find(wanted, old.number);
    if (same == nullptr || same->offset != old.offset) {
      changes.removed.push_back(old);
    } else if (same->size != old.size) {
      (same->size < old.size ? changes.shrunk : changes.grown).push_back(*same);
    }
  }
  for (const KernelPartition& partition : wanted) {
    const KernelPartition* old = find(shown, partition.number);
    if (old == nullptr || old->offset != partition.offset) changes.added.push_back(partition);
  }
  return changes;
}

// @returns 0 or the errno of the first change that the kernel refused.
int apply(int disk, const Changes& changes) {
  const auto each = [&](const std::vector<KernelPartition>& partitions, int operation) {
    for (const KernelPartition& partition : partitions) {
      const int error = change_partition(disk, operation, partition);
      // Somebody else, such as udev, may have been faster: what is gone is gone.
      if (error != 0 && !(operation == BLKPG_DEL_PARTITION && error == ENXIO)) return error;
    }
    return 0;
  };
  int error = each(changes.removed, BLKPG_DEL_PARTITION);
  if (error == 0) error = each(changes.shrunk, BLKPG_RESIZE_PARTITION);
  if (error == 0) error = each(changes.grown, BLKPG_RESIZE_PARTITION);
  return error == 0 ? each(changes.added, BLKPG_ADD_PARTITION) : error;
}

// Best effort: only a node that somebody holds open has anything cached.
void drop_cache_of(const KernelPartition& partition) {
  try {
    const FileDescriptor node = open_file(partition.path, O_RDONLY);
    static_cast<void>(::ioctl(node.get(), BLKFLSBUF, 0));
  } catch (const OsError&) {
    return;
  }
}

}  // namespace

std::vector<KernelPartition> refresh_kernel_partitions(const std::string& path,
                                                       const std::vector<KernelPartition>& wanted,
                                                       const SystemRoots& roots) {
  const DeviceInfo before = inspect(path, roots);
  if (before.kind == DeviceKind::file || before.kind == DeviceKind::partition) return {};
  const FileDescriptor disk = open_file(path, O_RDONLY);
  const int error = apply(disk.get(), changes_between(before.partitions, wanted));
  // A loop device without partition scanning takes none at all (EINVAL), device mapper neither
  // (ENOTTY).
  if (error == EINVAL || error == ENOTTY || error == ENXIO) {
    if (::ioctl(disk.get(), BLKRRPART, 0) != 0 && errno != EINVAL && errno != ENOTTY) {
      throw OsError(errno, "ioctl", path);
    }
  } else if (error != 0) {
    throw OsError(error, "ioctl", path);
  }
  std::vector<KernelPartition> after = inspect(path, roots).partitions;
  for (const KernelPartition& partition : after) drop_cache_of(partition);
  return after;
}

}  // namespace nacre
