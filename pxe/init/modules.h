#pragma once

#include <string>
#include <vector>

#include "drivers.h"
#include "uevents.h"

namespace nacre::init {

/// Loads the kernel's modules: of each group that was named the drivers that a device of this
/// machine asks for, and those that serve no device. A driver without its hardware is no failure;
/// what fails is said, and the rest goes on. The file of a loaded module is deleted: its bytes are
/// memory that the work needs.
class Modules {
 public:
  /// From now on what fits the devices of this machine is loaded, also of those that come later.
  /// Returns how many modules were.
  int load_group(const std::string& name);

  /// Waits for devices that come or go, at most so long; loads what the new ones ask for.
  void wait_for_devices(int most_milliseconds);

  /// Loads all that is left of the groups, asked for or not: a machine whose devices do not say
  /// what they are.
  void load_all();

  /// Serves devices that come later, for ever.
  [[noreturn]] void serve();

 private:
  void look_for_devices();
  void load(const Driver& driver);
  int load_wanted();

  Uevents uevents_;
  std::vector<std::string> devices_;
  /// Of all groups, in order, without those that were loaded.
  std::vector<Driver> drivers_;
  int loaded_ = 0;
};

}  // namespace nacre::init
