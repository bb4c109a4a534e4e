#include "node/digest_glue.h"

#include "core/digest.h"
#include "node/js_error.h"

namespace nacre::glue {

void add_digest(Napi::Env env, Napi::Object exports) {
  exports.Set("digest", Napi::Function::New(env, [](const Napi::CallbackInfo& info) -> Napi::Value {
                const auto bytes = info[1].As<Napi::Uint8Array>();
                try {
                  const Digest digest = digest_of(
                      digest_algorithm(info[0].As<Napi::Number>().Uint32Value()),
                      Bytes(reinterpret_cast<const std::byte*>(bytes.Data()), bytes.ByteLength()));
                  return Napi::Buffer<std::uint8_t>::Copy(
                      info.Env(), reinterpret_cast<const std::uint8_t*>(digest.data()),
                      digest.size());
                } catch (...) {
                  throw Napi::Error(info.Env(), to_js_error(info.Env(), std::current_exception()));
                }
              }));
}

}  // namespace nacre::glue
