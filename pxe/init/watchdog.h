#pragma once

#include "core/file_descriptor.h"

namespace nacre::init {

/// The hardware watchdog: a machine that hangs starts again, and what boots then is counted.
class Watchdog {
 public:
  /// Arms it when its driver is there, and tells it that this machine lives. Call at least every
  /// 10 seconds.
  void feed();

  /// Lets go of it before the machine ends on purpose.
  void disarm();

 private:
  FileDescriptor device_;
};

}  // namespace nacre::init
