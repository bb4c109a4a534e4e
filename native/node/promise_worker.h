#pragma once

#include <napi.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "node/js_error.h"

namespace nacre::glue {

/// Runs `work` off the JavaScript thread and settles a promise with `convert(env, result)`.
/// `work` must not touch any Napi value. For short jobs (a table, a probe); bulk work has threads
/// of its own.
template <class Result, class Work, class Convert>
class PromiseWorker final : public Napi::AsyncWorker {
 public:
  PromiseWorker(Napi::Env env, Work work, Convert convert)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        convert_(std::move(convert)) {}

  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      result_.emplace(work_());
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  void OnOK() override {
    const Napi::HandleScope scope(Env());
    if (error_) {
      deferred_.Reject(to_js_error(Env(), error_));
    } else {
      deferred_.Resolve(convert_(Env(), *result_));
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::optional<Result> result_;
  std::exception_ptr error_;
};

/// Starts a PromiseWorker; it deletes itself when it has settled its promise.
template <class Work, class Convert>
Napi::Promise run_async(Napi::Env env, Work work, Convert convert) {
  using Result = decltype(work());
  auto* worker = new PromiseWorker<Result, Work, Convert>(env, std::move(work), std::move(convert));
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace nacre::glue
