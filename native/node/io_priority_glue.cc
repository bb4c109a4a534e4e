#include "node/io_priority_glue.h"

#include "core/io_priority.h"

namespace nacre::glue {

void add_io_priority(Napi::Env env, Napi::Object exports) {
  exports.Set("lowerIoPriority", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
                return Napi::Boolean::New(info.Env(), lower_io_priority());
              }));
}

}  // namespace nacre::glue
