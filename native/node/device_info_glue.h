#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `inspectDevice`, `listDevices`, `changeMarker` and `refreshPartitions`.
void add_device_info(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
