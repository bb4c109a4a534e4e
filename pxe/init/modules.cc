#include "modules.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "core/file_descriptor.h"
#include "devices.h"
#include "files.h"
#include "screen.h"

namespace nacre::init {
namespace {

constexpr std::size_t kMostListBytes = std::size_t{1} << 20;
constexpr int kForever = 60'000;

/// errno of finit_module(2), 0 when the module is in the kernel now.
int load_file(const std::string& file) {
  const FileDescriptor module(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!module.is_open()) return errno;
  if (syscall(SYS_finit_module, module.get(), "", 0) == 0 || errno == EEXIST) return 0;
  // Says a driver whose hardware is not in this machine.
  return errno == ENODEV ? 0 : errno;
}

}  // namespace

void Modules::load(const Driver& driver) {
  for (const std::string& name : driver.modules) {
    const std::string file = "/modules/" + name + ".ko";
    // Loaded already, for another driver.
    if (!is_there(file)) continue;
    const int error_number = load_file(file);
    if (error_number != 0) say("driver " + name + " failed: " + reason_of(error_number));
    unlink(file.c_str());
    loaded_++;
  }
}

int Modules::load_wanted() {
  const int before = loaded_;
  std::vector<Driver> left;
  for (Driver& driver : drivers_) {
    if (is_wanted(driver, devices_)) {
      load(driver);
    } else {
      left.push_back(std::move(driver));
    }
  }
  drivers_ = std::move(left);
  return loaded_ - before;
}

/// A driver brings devices that want the next one: USB, then a disk on it, then what reads disks.
void Modules::look_for_devices() {
  do {
    devices_ = find_devices();
  } while (load_wanted() > 0 && uevents_.wait(0));
}

int Modules::load_group(const std::string& name) {
  const int before = loaded_;
  std::ranges::move(parse_drivers(read_start("/modules/" + name, kMostListBytes)),
                    std::back_inserter(drivers_));
  if (devices_.empty() || uevents_.wait(0)) devices_ = find_devices();
  if (load_wanted() > 0 && uevents_.wait(0)) look_for_devices();
  return loaded_ - before;
}

void Modules::wait_for_devices(int most_milliseconds) {
  if (uevents_.wait(most_milliseconds)) look_for_devices();
}

void Modules::load_all() {
  for (const Driver& driver : drivers_) load(driver);
  drivers_.clear();
}

void Modules::serve() {
  while (true) wait_for_devices(kForever);
}

}  // namespace nacre::init
