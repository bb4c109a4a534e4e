#include "modules.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "core/file_descriptor.h"
#include "files.h"
#include "screen.h"
#include "steps.h"

namespace nacre::init {
namespace {

constexpr std::size_t kMostListBytes = std::size_t{64} * 1024;

/// errno of finit_module(2), 0 when the module is in the kernel now.
int load(const std::string& file) {
  const FileDescriptor module(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!module.is_open()) return errno;
  if (syscall(SYS_finit_module, module.get(), "", 0) == 0 || errno == EEXIST) return 0;
  // Says a driver whose hardware is not in this machine.
  return errno == ENODEV ? 0 : errno;
}

}  // namespace

void load_modules(const std::string& group) {
  int count = 0;
  for (const std::string& name : words_of(read_start("/modules/" + group, kMostListBytes))) {
    const std::string file = "/modules/" + name + ".ko";
    if (!is_there(file)) continue;
    const int error_number = load(file);
    if (error_number != 0) say("driver " + name + " failed: " + reason_of(error_number));
    // Its bytes are memory that the work needs.
    unlink(file.c_str());
    count++;
  }
  say("drivers of group " + group + ": " + std::to_string(count));
}

}  // namespace nacre::init
