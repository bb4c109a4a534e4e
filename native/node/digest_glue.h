#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `digest(algorithmId, bytes) -> Buffer`, synchronous, for values up to some MiB.
void add_digest(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
