#pragma once

#include <cerrno>
#include <system_error>

#include "core/device.h"
#include "core/error.h"

namespace nacre::pipeline {

/// Where on a target something is done, for the error that names the place.
struct TargetAccess {
  const Device& device;
  std::uint32_t partition;
  std::uint64_t disk_offset;
  std::size_t length;
  /// `read`, `write` or `read back`.
  const char* action;
};

/// Runs `work` on a target; a failed system call becomes IMAGE_TARGET_IO, which names the place. A
/// device that is gone fails everywhere: its OsError passes through.
template <class Work>
void at_target(const TargetAccess& access, Work work) {
  try {
    work();
  } catch (const OsError& error) {
    const int number = error.error_number();
    if (number == ENXIO || number == ENODEV || number == ENOMEDIUM) throw;
    throw CodedError("IMAGE_TARGET_IO", {{"path", access.device.path()},
                                         {"partition", std::uint64_t{access.partition}},
                                         {"diskOffset", access.disk_offset},
                                         {"length", std::uint64_t{access.length}},
                                         {"action", std::string(access.action)},
                                         {"reason", std::generic_category().message(number)},
                                         {"errno", static_cast<std::uint64_t>(number)}});
  }
}

}  // namespace nacre::pipeline
