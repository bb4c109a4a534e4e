#pragma once

#include "core/file_descriptor.h"

namespace nacre::init {

/// The kernel's word that a device has come or gone (netlink, NETLINK_KOBJECT_UEVENT). What it says
/// is not read: it only means that /sys is worth another look.
class Uevents {
 public:
  Uevents();

  /// Waits for news, at most so long; true when some came, also when some were lost. Without a
  /// socket it waits the whole time and says true.
  bool wait(int most_milliseconds);

 private:
  FileDescriptor socket_;
};

}  // namespace nacre::init
