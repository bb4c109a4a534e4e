#pragma once

#include <napi.h>

namespace nacre::glue {

/// Adds `readPartitionTable`, `probeSectorSize` and `planPartitionTableWrite`.
void add_partition_table(Napi::Env env, Napi::Object exports);

}  // namespace nacre::glue
