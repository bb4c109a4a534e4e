#include "node/frame_glue.h"

#include <memory>
#include <vector>

#include "core/pipeline/pack/frame_codec.h"
#include "node/js_values.h"
#include "node/promise_worker.h"

namespace nacre::glue {
namespace {

std::vector<std::byte> bytes_at(const Napi::CallbackInfo& info, std::size_t index) {
  const auto bytes = info[index].As<Napi::Uint8Array>();
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes.Data());
  return {begin, begin + bytes.ByteLength()};
}

std::vector<std::byte> decode(const std::vector<std::byte>& record_bytes,
                              const std::vector<std::byte>& stored) {
  const pipeline::FrameRecord record = pipeline::parse_frame_record(record_bytes, 0);
  std::vector<std::byte> raw(record.raw_length());
  pipeline::FrameDecoder().decode(record, stored, raw);
  return raw;
}

}  // namespace

void add_frame(Napi::Env env, Napi::Object exports) {
  exports.Set("decodeFrame", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
                auto work = [record = bytes_at(info, 0), stored = bytes_at(info, 1)] {
                  return decode(record, stored);
                };
                return run_async(info.Env(), std::move(work),
                                 [](Napi::Env inner, const std::vector<std::byte>& raw) {
                                   return Napi::Buffer<std::uint8_t>::Copy(
                                       inner, reinterpret_cast<const std::uint8_t*>(raw.data()),
                                       raw.size());
                                 });
              }));
}

}  // namespace nacre::glue
