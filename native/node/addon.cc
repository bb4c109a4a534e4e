// Entry of the addon: each file of native/node adds its functions to `exports`.
#include <napi.h>

#include "node/device_glue.h"
#include "node/digest_glue.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  nacre::glue::add_device(env, exports);
  nacre::glue::add_digest(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(nacre, init)
