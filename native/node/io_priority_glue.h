#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `lowerIoPriority() -> boolean`.
void add_io_priority(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
