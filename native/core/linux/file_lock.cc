#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "core/error.h"

namespace nacre {

std::optional<FileLock> FileLock::try_lock(const std::string& path, LockMode mode) {
  FileDescriptor descriptor = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
  const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  while (::flock(descriptor.get(), operation) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) throw OsError(errno, "flock", path);
  }
  return FileLock(std::move(descriptor));
}

}  // namespace nacre
