#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `startCapture`, `startApply`, `startCompare` and `startCheck`.
void add_pipeline(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
