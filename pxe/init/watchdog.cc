#include "watchdog.h"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

#include "screen.h"

namespace nacre::init {
namespace {

constexpr int kSeconds = 60;

}  // namespace

void Watchdog::feed() {
  if (device_.is_open()) {
    ioctl(device_.get(), WDIOC_KEEPALIVE, nullptr);
    return;
  }
  device_ = FileDescriptor(open("/dev/watchdog0", O_WRONLY | O_CLOEXEC));
  if (!device_.is_open()) return;
  int seconds = kSeconds;
  ioctl(device_.get(), WDIOC_SETTIMEOUT, &seconds);
  say("hardware watchdog armed, " + std::to_string(seconds) + " s");
}

void Watchdog::disarm() {
  if (!device_.is_open()) return;
  // The magic close of Documentation/watchdog/watchdog-api.
  const ssize_t ignored = write(device_.get(), "V", 1);
  static_cast<void>(ignored);
  device_.reset();
}

}  // namespace nacre::init
