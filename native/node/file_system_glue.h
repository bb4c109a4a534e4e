#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `probeFileSystem(device, offset, size)` and `usedExtents(device, offset, size, type)`.
void add_file_system(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
