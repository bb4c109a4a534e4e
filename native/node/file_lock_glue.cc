#include "node/file_lock_glue.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/file_lock.h"
#include "node/js_error.h"

namespace nacre::glue {
namespace {

class LockObject final : public Napi::ObjectWrap<LockObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Lock", {InstanceMethod("close", &LockObject::close)});
  }

  explicit LockObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LockObject>(info) {
    lock_ = std::move(*info[0].As<Napi::External<std::optional<FileLock>>>().Data());
  }

 private:
  Napi::Value close(const Napi::CallbackInfo& info) {
    lock_.reset();
    return info.Env().Undefined();
  }

  std::optional<FileLock> lock_;
};

}  // namespace

void add_file_lock(Napi::Env env, Napi::Object exports) {
  auto constructor =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(LockObject::define(env)));
  exports.Set(
      "lockFile",
      Napi::Function::New(env, [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
        const Napi::Env inner = info.Env();
        const std::string path = info[0].As<Napi::String>();
        const bool is_shared = info[1].As<Napi::String>().Utf8Value() == "shared";
        try {
          auto lock = FileLock::try_lock(path, is_shared ? LockMode::shared : LockMode::exclusive);
          if (!lock) return inner.Undefined();
          return constructor->New({Napi::External<std::optional<FileLock>>::New(inner, &lock)});
        } catch (const Napi::Error&) {
          throw;
        } catch (...) {
          throw Napi::Error(inner, to_js_error(inner, std::current_exception()));
        }
      }));
}

}  // namespace nacre::glue
