#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>

#include "core/pipeline/capture/frame_sink.h"
#include "core/pipeline/layout.h"

namespace nacre::glue {

/// The frames of one capture, which JavaScript takes. JavaScript is called in disk order; threads
/// block until the promise of their batch has settled, and all of them are woken when the operation
/// stops. What JavaScript still reads after that are buffers that it owns.
class JsFrames final : public pipeline::FrameSink {
 public:
  /// `write(frames, digests, stored)` of native.ts.
  JsFrames(Napi::Env env, const Napi::Function& write);
  JsFrames(const JsFrames&) = delete;
  JsFrames& operator=(const JsFrames&) = delete;
  JsFrames(JsFrames&&) = delete;
  JsFrames& operator=(JsFrames&&) = delete;
  ~JsFrames() override;

  /// The pending batch throws CodedError with code and facts of a NacreError, std::runtime_error
  /// for another rejection.
  [[nodiscard]] std::unique_ptr<Pending> hand(const pipeline::FrameBatch& batch) override;

  /// Wakes every thread that waits; JavaScript is not called any more.
  void stop();
  /// After the last batch: lets go of JavaScript.
  void close();

 private:
  /// Stored bytes of one job of a capture, at most.
  static constexpr std::size_t batch_size =
      (pipeline::frame_cap + pipeline::job_chunks) * pipeline::chunk_size;

  struct Request;
  struct Shared;
  struct JsSide;
  class Waiting;
  static void call(Napi::Env env, Napi::Function unused, JsSide* side,
                   std::shared_ptr<Request>* owner);
  using Calls = Napi::TypedThreadSafeFunction<JsSide, std::shared_ptr<Request>, call>;

  std::shared_ptr<Shared> shared_;
  JsSide* side_;
  Calls calls_;
};

}  // namespace nacre::glue
