#pragma once

#include <string>

namespace nacre::init {

/// Puts an intact Node part into memory: the one of the initrd (network boot), else the first or
/// the second copy of the backup partition. Nothing stays mounted: Merlin has the disk for itself.
/// Returns where it came from: "initrd", "copy 1" or "copy 2".
/// @throws LackOfMemory; Problem that names each copy and its fault
[[nodiscard]] std::string fetch_node_part(const std::string& backup_device);

/// Mounts what `fetch_node_part` left in memory at /n. @throws Problem
void mount_node_part();

}  // namespace nacre::init
