#pragma once

#include <napi.h>

#include <functional>

#include "core/pipeline/control.h"
#include "node/js_values.h"

namespace nacre::glue {

/// Work of an operation off the JavaScript thread; it must not touch any Napi value. What it
/// returns makes the result on the JavaScript thread.
using Convert = std::function<Napi::Value(Napi::Env)>;
using Work = std::function<Convert(pipeline::Control&)>;

/// Starts `work` on a thread of its own and gives the object `{done, progress(), cancel()}` of
/// native.ts. `kept` are JavaScript values whose memory the work reads; they stay alive until it
/// has ended. The thread has ended before `done` settles, and before a worker_thread or the process
/// that started it is gone.
Napi::Object start_operation(Napi::Env env, Kept kept, Work work);

}  // namespace nacre::glue
