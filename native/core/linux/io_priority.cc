#include "core/io_priority.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace nacre {
namespace {

// ioprio_set(2): the C library has no names for these. Not the idle class: a disk that is never
// idle would stop a background job for ever.
constexpr long who_process = 1;
constexpr long best_effort_lowest = (2L << 13) | 7L;

}  // namespace

bool lower_io_priority() {
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(::opendir("/proc/self/task"), ::closedir);
  if (!threads) return false;
  bool is_lowered = false;
  // A stream of its own, read by one thread: nothing is shared.
  while (const dirent* entry = ::readdir(threads.get())) {  // NOLINT(concurrency-mt-unsafe)
    const long thread = std::strtol(entry->d_name, nullptr, 10);
    if (thread <= 0) continue;
    // A thread that has ended meanwhile is no failure.
    is_lowered =
        ::syscall(SYS_ioprio_set, who_process, thread, best_effort_lowest) == 0 || is_lowered;
  }
  return is_lowered;
}

}  // namespace nacre
