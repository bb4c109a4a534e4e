#include "background.h"

#include <sys/resource.h>
#include <unistd.h>

namespace nacre::init {
namespace {

constexpr int kLowestPriority = 19;

}  // namespace

bool fork_background() {
  if (fork() != 0) return false;
  setpriority(PRIO_PROCESS, 0, kLowestPriority);
  return true;
}

}  // namespace nacre::init
