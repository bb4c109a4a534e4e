#pragma once

#include <string>

#include "modules.h"

namespace nacre::init {

/// The two partitions that Merlin works from: device paths, empty where there is none.
struct Places {
  std::string boot_agent;
  std::string backup;
};

/// Looks once at all disks, by what is written on them, never by their names. `serial` is that of
/// the boot agent partition that GRUB started from; empty: any, if there is only one.
[[nodiscard]] Places find_places(const std::string& serial);

/// Looks until both are there or the time is over: disks on USB come late. Loads the drivers of
/// what comes, and when half the time has gone, all of them.
[[nodiscard]] Places wait_for_places(const std::string& serial, int most_seconds, Modules& modules);

}  // namespace nacre::init
