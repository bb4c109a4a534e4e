#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `formatFat`, `openFat` and `checkFat`.
void add_fat(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
