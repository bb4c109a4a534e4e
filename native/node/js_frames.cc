#include "node/js_frames.h"

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/pipeline/control.h"
#include "node/js_reason.h"

namespace nacre::glue {

/// One batch, from the thread that hands it over to the promise that answers it.
struct JsFrames::Request {
  std::shared_ptr<Shared> shared;
  std::vector<std::byte> frames;
  std::vector<std::byte> digests;
  std::vector<std::byte> stored;
  /// Of the JavaScript side while the promise is open.
  std::size_t buffer = 0;
  // Below: under the mutex of `shared`.
  bool is_settled = false;
  std::exception_ptr error;
};

/// What the threads share with the JavaScript thread.
struct JsFrames::Shared {
  std::mutex mutex;
  std::condition_variable settled;
  bool is_stopped = false;
  bool is_closed = false;
  /// Buffers that nobody uses.
  std::vector<std::size_t> free;

  void settle(Request& request, std::exception_ptr error) {
    {
      const std::lock_guard lock(mutex);
      request.is_settled = true;
      // What failed may still be read by what JavaScript left behind: its buffer stays unused.
      if (!error) free.push_back(request.buffer);
      request.error = std::move(error);
    }
    settled.notify_all();
  }
};

/// What only the JavaScript thread touches. It goes away with the thread-safe function.
struct JsFrames::JsSide {
  Napi::FunctionReference write;
  /// Made by the engine: memory of ours could not be taken back from a write that nobody waits for.
  std::vector<Napi::Reference<Napi::ArrayBuffer>> buffers;

  /// A view on a buffer of its own that holds the stored bytes.
  Napi::Uint8Array stored(Napi::Env env, Request& request) {
    std::size_t number = buffers.size();
    {
      const std::lock_guard lock(request.shared->mutex);
      std::vector<std::size_t>& free = request.shared->free;
      if (!free.empty()) {
        number = free.back();
        free.pop_back();
      }
    }
    if (number == buffers.size()) {
      buffers.push_back(Napi::Persistent(Napi::ArrayBuffer::New(env, batch_size)));
    }
    request.buffer = number;
    Napi::ArrayBuffer buffer = buffers[number].Value();
    std::memcpy(buffer.Data(), request.stored.data(), request.stored.size());
    const std::size_t length = request.stored.size();
    // The functions below keep the request until the garbage collector finds them: it does not know
    // of this memory, and would let all frames of a disk pile up.
    std::vector<std::byte>().swap(request.stored);
    return Napi::Uint8Array::New(env, length, buffer, 0);
  }
};

/// A thread's batch on its way.
class JsFrames::Waiting final : public Pending {
 public:
  explicit Waiting(std::shared_ptr<Request> request) : request_(std::move(request)) {}

  void wait() override {
    Shared& shared = *request_->shared;
    std::unique_lock lock(shared.mutex);
    shared.settled.wait(lock, [&] { return request_->is_settled || shared.is_stopped; });
    if (!request_->is_settled) throw pipeline::Cancelled();
    if (request_->error) std::rethrow_exception(request_->error);
  }

 private:
  std::shared_ptr<Request> request_;
};

namespace {

Napi::Value copy_to_js(Napi::Env env, const std::vector<std::byte>& bytes) {
  return Napi::Buffer<std::uint8_t>::Copy(env, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                          bytes.size());
}

}  // namespace

JsFrames::JsFrames(Napi::Env env, const Napi::Function& write)
    : shared_(std::make_shared<Shared>()), side_(std::make_unique<JsSide>().release()) {
  side_->write = Napi::Persistent(write);
  calls_ = Calls::New(
      env, "nacre frames", 0, 1, side_,
      [](Napi::Env, JsSide* side, JsSide*) { std::default_delete<JsSide>()(side); }, side_);
}

JsFrames::~JsFrames() { close(); }

// On the JavaScript thread.
void JsFrames::call(Napi::Env env, Napi::Function /*unused*/, JsSide* side,
                    std::shared_ptr<Request>* owner) {
  const std::unique_ptr<std::shared_ptr<Request>> owned(owner);
  // Without an environment its end has woken the thread.
  if (static_cast<napi_env>(env) == nullptr) return;
  const std::shared_ptr<Request> request = *owned;
  const std::shared_ptr<Shared> shared = request->shared;
  {
    // A call that was on its way when the operation ended.
    const std::lock_guard lock(shared->mutex);
    if (shared->is_stopped) return;
  }
  const Napi::HandleScope scope(env);
  try {
    const Napi::Value answer =
        side->write.Call({copy_to_js(env, request->frames), copy_to_js(env, request->digests),
                          side->stored(env, *request)});
    if (!answer.IsPromise()) throw Napi::TypeError::New(env, "writeFrames gave no promise");
    const auto promise = answer.As<Napi::Object>();
    const auto then = promise.Get("then").As<Napi::Function>();
    then.Call(promise, {Napi::Function::New(env,
                                            [request](const Napi::CallbackInfo&) {
                                              request->shared->settle(*request, nullptr);
                                            }),
                        Napi::Function::New(env, [request](const Napi::CallbackInfo& info) {
                          request->shared->settle(*request, exception_of(info[0]));
                        })});
  } catch (const Napi::Error& error) {
    shared->settle(*request, exception_of(error.Value()));
  }
}

std::unique_ptr<pipeline::FrameSink::Pending> JsFrames::hand(const pipeline::FrameBatch& batch) {
  if (batch.stored.size() > batch_size) throw std::length_error("more frames than a job has");
  const auto request = std::make_shared<Request>();
  request->shared = shared_;
  request->frames.assign(batch.frames.begin(), batch.frames.end());
  request->digests.assign(batch.digests.begin(), batch.digests.end());
  request->stored.assign(batch.stored.begin(), batch.stored.end());
  // With the mutex held: once a call was told that the environment closes, the function is gone.
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->is_stopped) {
    auto owner = std::make_unique<std::shared_ptr<Request>>(request);
    const napi_status status = calls_.NonBlockingCall(owner.get());
    if (status == napi_ok) {
      static_cast<void>(owner.release());
    } else {
      shared_->is_stopped = true;
      if (status == napi_closing) shared_->is_closed = true;
      shared_->settled.notify_all();
    }
  }
  return std::make_unique<Waiting>(request);
}

void JsFrames::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_stopped = true;
  }
  shared_->settled.notify_all();
}

void JsFrames::close() {
  const std::lock_guard lock(shared_->mutex);
  shared_->is_stopped = true;
  if (shared_->is_closed) return;
  shared_->is_closed = true;
  calls_.Release();
}

}  // namespace nacre::glue
