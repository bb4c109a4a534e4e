#include "node/operation.h"

#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "node/js_error.h"

namespace nacre::glue {
namespace {

struct Operation;
void settle(Napi::Env env, Napi::Function unused, Operation* operation, void* data);
using Settled = Napi::TypedThreadSafeFunction<Operation, void, settle>;

/// Everything of one running operation; owned by the JavaScript functions and, until it has
/// settled, by the thread-safe function.
struct Operation {
  explicit Operation(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  pipeline::Control control;
  Napi::Promise::Deferred deferred;
  Kept kept;
  Settled settled;
  Convert convert;
  std::exception_ptr error;
  std::thread thread;

  void end_thread() {
    if (thread.joinable()) thread.join();
  }
};

// An environment that goes away (process.exit, a worker_thread's end) must not leave a thread
// behind that reads its buffers.
void stop_at_exit(void* data) {
  auto* operation = static_cast<Operation*>(data);
  operation->control.cancel();
  operation->end_thread();
}

Napi::Value error_value(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const pipeline::Cancelled&) {
    const Napi::Object value = Napi::Error::New(env, "cancelled").Value();
    value.Set("cancelled", true);
    return value;
  } catch (...) {
    return to_js_error(env, std::current_exception());
  }
}

// On the JavaScript thread, once, when the work has ended.
void settle(Napi::Env env, Napi::Function /*unused*/, Operation* operation, void* /*data*/) {
  if (static_cast<napi_env>(env) == nullptr) return;  // the environment is closing: nobody waits
  const Napi::HandleScope scope(env);
  operation->end_thread();
  napi_remove_env_cleanup_hook(env, stop_at_exit, operation);
  operation->kept.clear();
  if (!operation->error) {
    try {
      operation->deferred.Resolve(operation->convert(env));
    } catch (...) {
      operation->error = std::current_exception();
    }
  }
  if (operation->error) operation->deferred.Reject(error_value(env, operation->error));
  operation->convert = nullptr;
}

void run(Operation& operation, const Work& work) {
  try {
    operation.convert = work(operation.control);
  } catch (...) {
    operation.error = std::current_exception();
  }
  operation.settled.BlockingCall();
  operation.settled.Release();
}

Napi::Value progress_of(Napi::Env env, const pipeline::Control& control) {
  Napi::Object progress = Napi::Object::New(env);
  progress.Set("doneBytes", static_cast<double>(control.done()));
  progress.Set("totalBytes", static_cast<double>(control.total()));
  progress.Set("writtenBytes", static_cast<double>(control.written()));
  return progress;
}

}  // namespace

Napi::Object start_operation(Napi::Env env, Kept kept, Work work) {
  const auto operation = std::make_shared<Operation>(env);
  operation->kept = std::move(kept);
  // The finalizer's copy keeps the operation alive until nobody can call it any more.
  operation->settled = Settled::New(
      env, "nacre operation", 0, 1, operation.get(),
      [](Napi::Env, std::shared_ptr<Operation>* owner, Operation*) {
        (*owner)->end_thread();
        (*owner)->kept.clear();
        std::default_delete<std::shared_ptr<Operation>>()(owner);
      },
      std::make_unique<std::shared_ptr<Operation>>(operation).release());
  napi_add_env_cleanup_hook(env, stop_at_exit, operation.get());
  try {
    operation->thread =
        std::thread([raw = operation.get(), work = std::move(work)] { run(*raw, work); });
  } catch (...) {
    operation->error = std::current_exception();
    operation->settled.BlockingCall();
    operation->settled.Release();
  }

  Napi::Object object = Napi::Object::New(env);
  object.Set("done", operation->deferred.Promise());
  object.Set("progress", Napi::Function::New(env, [operation](const Napi::CallbackInfo& info) {
               return progress_of(info.Env(), operation->control);
             }));
  object.Set("cancel", Napi::Function::New(env, [operation](const Napi::CallbackInfo&) {
               operation->control.cancel();
             }));
  return object;
}

}  // namespace nacre::glue
