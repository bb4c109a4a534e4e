#pragma once

#include <string>
#include <vector>

#include "core/device_info.h"

namespace nacre {

/// A line of /proc/PID/mountinfo (proc(5)).
struct Mount {
  /// "8:1"; a number of its own ("0:45") for file systems on several devices.
  std::string number;
  std::string mount_point;
  std::string type;
  std::string source;
  /// Options of the mount and of the file system, with commas.
  std::string options;
  bool is_read_only = false;
  /// True for "/" and for what it needs: layers of an overlay, the file behind a loop device.
  bool is_system = false;
};

/// Mounts that this process and PID 1 see.
[[nodiscard]] std::vector<Mount> read_mounts(const SystemRoots& roots);

/// Files and nodes of /proc/swaps.
[[nodiscard]] std::vector<std::string> read_swaps(const SystemRoots& roots);

}  // namespace nacre
