#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `lockFile(path, "shared" | "exclusive") -> Lock | undefined`; synchronous, it never waits.
void add_file_lock(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
