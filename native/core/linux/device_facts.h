#pragma once

#include "core/linux/sysfs.h"

namespace nacre {

/// Fills in model, serial, wwn and transport of a whole disk; what is not known stays empty.
void read_hardware_facts(const SystemRoots& roots, const BlockNode& disk, DeviceInfo& info);

}  // namespace nacre
