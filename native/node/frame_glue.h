#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `decodeFrame(record, stored) -> Promise<Buffer>`: the chunks of one frame of a pack.
void add_frame(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
