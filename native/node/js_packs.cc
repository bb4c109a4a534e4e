#include "node/js_packs.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "core/pipeline/control.h"
#include "node/js_reason.h"

namespace nacre::glue {

/// One read, from the thread that waits for it to the promise that answers it.
struct JsPacks::Request {
  std::shared_ptr<Shared> shared;
  std::uint32_t pack = 0;
  std::uint64_t offset = 0;
  std::size_t length = 0;
  unsigned attempt = 0;
  // Below: under the mutex of `shared`.
  bool is_settled = false;
  bool is_filled = false;
  /// The answer, in a buffer that nobody else uses until the reader gives it back.
  std::size_t buffer = 0;
  const std::byte* bytes = nullptr;
  std::exception_ptr error;
};

/// What the threads share with the JavaScript thread.
struct JsPacks::Shared {
  std::mutex mutex;
  std::condition_variable settled;
  bool is_stopped = false;
  bool is_closed = false;
  /// Buffers that nobody uses.
  std::vector<std::size_t> free;

  void settle(Request& request, bool is_filled, std::exception_ptr error) {
    {
      const std::lock_guard lock(mutex);
      request.is_settled = true;
      request.is_filled = is_filled;
      request.error = std::move(error);
    }
    settled.notify_all();
  }
};

/// What only the JavaScript thread touches. It goes away with the thread-safe function.
struct JsPacks::JsSide {
  std::vector<Napi::FunctionReference> reads;
  /// Made by the engine: memory of ours could not be taken back from a read that nobody waits for.
  std::vector<Napi::Reference<Napi::ArrayBuffer>> buffers;

  /// A view of the request's length on a buffer of its own.
  Napi::Uint8Array target(Napi::Env env, Request& request) {
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
      buffers.push_back(Napi::Persistent(Napi::ArrayBuffer::New(env, piece_size)));
    }
    Napi::ArrayBuffer buffer = buffers[number].Value();
    const std::lock_guard lock(request.shared->mutex);
    request.buffer = number;
    request.bytes = static_cast<const std::byte*>(buffer.Data());
    return Napi::Uint8Array::New(env, request.length, buffer, 0);
  }
};

namespace {

class JsPackReader final : public pipeline::PackReader {
 public:
  JsPackReader(std::shared_ptr<JsPacks> packs, std::uint32_t number, std::uint64_t size)
      : packs_(std::move(packs)), number_(number), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  [[nodiscard]] bool read(std::uint64_t offset, MutableBytes target,
                          unsigned attempt) const override {
    while (!target.empty()) {
      const std::size_t length = std::min(target.size(), JsPacks::piece_size);
      if (!packs_->read(number_, offset, target.first(length), attempt)) return false;
      target = target.subspan(length);
      offset += length;
    }
    return true;
  }

 private:
  std::shared_ptr<JsPacks> packs_;
  std::uint32_t number_;
  std::uint64_t size_;
};

}  // namespace

JsPacks::JsPacks(Napi::Env env)
    : shared_(std::make_shared<Shared>()), side_(std::make_unique<JsSide>().release()) {
  calls_ = Calls::New(
      env, "nacre packs", 0, 1, side_,
      [](Napi::Env, JsSide* side, JsSide*) { std::default_delete<JsSide>()(side); }, side_);
}

JsPacks::~JsPacks() { close(); }

std::shared_ptr<const pipeline::PackReader> JsPacks::add(const std::shared_ptr<JsPacks>& packs,
                                                         const Napi::Function& read,
                                                         std::uint64_t size) {
  packs->side_->reads.push_back(Napi::Persistent(read));
  const auto number = static_cast<std::uint32_t>(packs->side_->reads.size() - 1);
  return std::make_shared<const JsPackReader>(packs, number, size);
}

// On the JavaScript thread.
void JsPacks::call(Napi::Env env, Napi::Function /*unused*/, JsSide* side,
                   std::shared_ptr<Request>* owner) {
  const std::unique_ptr<std::shared_ptr<Request>> owned(owner);
  // Without an environment its end has woken the reader.
  if (static_cast<napi_env>(env) == nullptr) return;
  const std::shared_ptr<Request> request = *owned;
  const std::shared_ptr<Shared> shared = request->shared;
  const Napi::HandleScope scope(env);
  try {
    const Napi::Value answer = side->reads[request->pack].Call(
        {Napi::Number::New(env, static_cast<double>(request->offset)), side->target(env, *request),
         Napi::Number::New(env, request->attempt)});
    if (!answer.IsPromise()) throw Napi::TypeError::New(env, "read gave no promise");
    const auto promise = answer.As<Napi::Object>();
    const auto then = promise.Get("then").As<Napi::Function>();
    then.Call(promise, {Napi::Function::New(env,
                                            [request](const Napi::CallbackInfo& info) {
                                              // Only `false` says that there is no other place.
                                              const Napi::Value value = info[0];
                                              const bool is_none =
                                                  value.IsBoolean() &&
                                                  !value.As<Napi::Boolean>().Value();
                                              request->shared->settle(*request, !is_none, nullptr);
                                            }),
                        Napi::Function::New(env, [request](const Napi::CallbackInfo& info) {
                          request->shared->settle(*request, false, exception_of(info[0]));
                        })});
  } catch (const Napi::Error& error) {
    shared->settle(*request, false, exception_of(error.Value()));
  }
}

// With the mutex held: once a call was told that the environment closes, the function is gone.
void JsPacks::send(const std::shared_ptr<Request>& request) {
  auto owner = std::make_unique<std::shared_ptr<Request>>(request);
  const napi_status status = calls_.NonBlockingCall(owner.get());
  if (status == napi_ok) {
    static_cast<void>(owner.release());
    return;
  }
  shared_->is_stopped = true;
  if (status == napi_closing) shared_->is_closed = true;
  shared_->settled.notify_all();
}

bool JsPacks::read(std::uint32_t pack, std::uint64_t offset, MutableBytes target,
                   unsigned attempt) {
  const auto request = std::make_shared<Request>();
  request->shared = shared_;
  request->pack = pack;
  request->offset = offset;
  request->length = target.size();
  request->attempt = attempt;
  std::unique_lock lock(shared_->mutex);
  if (!shared_->is_stopped) send(request);
  shared_->settled.wait(lock, [&] { return request->is_settled || shared_->is_stopped; });
  if (!request->is_settled) throw pipeline::Cancelled();
  const bool is_filled = request->is_filled;
  const std::size_t buffer = request->buffer;
  const std::byte* bytes = request->bytes;
  const std::exception_ptr error = request->error;
  lock.unlock();
  if (is_filled) std::memcpy(target.data(), bytes, target.size());
  // A failed read may still be written to by what JavaScript left behind: its buffer stays unused.
  if (error) std::rethrow_exception(error);
  lock.lock();
  shared_->free.push_back(buffer);
  return is_filled;
}

void JsPacks::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_stopped = true;
  }
  shared_->settled.notify_all();
}

void JsPacks::close() {
  const std::lock_guard lock(shared_->mutex);
  shared_->is_stopped = true;
  if (shared_->is_closed) return;
  shared_->is_closed = true;
  calls_.Release();
}

}  // namespace nacre::glue
