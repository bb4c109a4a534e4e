#include "files.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "core/file_descriptor.h"
#include "problem.h"

namespace nacre::init {

std::string read_start(const std::string& path, std::size_t limit) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  std::string text(limit, '\0');
  std::size_t filled = 0;
  while (filled < limit) {
    const ssize_t count = read(file.get(), text.data() + filled, limit - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

bool is_there(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

void mount_at(const std::string& source, const std::string& folder, const char* type,
              bool is_read_only) {
  mkdir(folder.c_str(), 0755);
  const unsigned long flags = is_read_only ? MS_NOSUID | MS_RDONLY : MS_NOSUID;
  if (mount(source.c_str(), folder.c_str(), type, flags, "") != 0) {
    throw Problem("cannot mount " + source + " (" + type + ")", reason_of(errno),
                  "This kernel and this initrd do not belong together, or the medium fails.");
  }
}

void unmount(const std::string& folder) { umount2(folder.c_str(), 0); }

void pause_ms(long milliseconds) {
  timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace nacre::init
