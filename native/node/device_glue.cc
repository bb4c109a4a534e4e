#include "node/device_glue.h"

#include <cstring>
#include <utility>

#include "core/zero_pages.h"
#include "node/promise_worker.h"

namespace nacre::glue {
namespace {

// {a0b1...}: any fixed number that no other addon uses; it makes unwrapping a foreign object
// impossible.
constexpr napi_type_tag device_tag = {0x6e61637265646576ULL, 0x3a1f5c0e92b84d67ULL};

class DeviceObject final : public Napi::ObjectWrap<DeviceObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Device",
        {InstanceMethod("read", &DeviceObject::read), InstanceMethod("write", &DeviceObject::write),
         InstanceMethod("flush", &DeviceObject::flush), InstanceMethod("zero", &DeviceObject::zero),
         InstanceMethod("discard", &DeviceObject::discard),
         InstanceMethod("close", &DeviceObject::close),
         InstanceAccessor("sizeBytes", &DeviceObject::size_bytes, nullptr),
         InstanceAccessor("isBlockDevice", &DeviceObject::is_block_device, nullptr),
         InstanceAccessor("logicalSectorSize", &DeviceObject::logical_sector_size, nullptr)});
  }

  explicit DeviceObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<DeviceObject>(info) {
    info.This().As<Napi::Object>().TypeTag(&device_tag);
    device_ = std::move(*info[0].As<Napi::External<std::shared_ptr<const Device>>>().Data());
  }

  [[nodiscard]] const std::shared_ptr<const Device>& device(Napi::Env env) const {
    if (!device_) throw Napi::Error::New(env, "the device is closed");
    return device_;
  }

 private:
  Napi::Value read(const Napi::CallbackInfo& info) {
    const auto offset = static_cast<std::uint64_t>(info[0].As<Napi::Number>().Int64Value());
    const auto length = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
    return run_async(
        info.Env(),
        [device = device(info.Env()), offset, length] {
          // Aligned memory: whole sectors then come from the medium, past the page cache.
          ZeroPages bytes(length);
          device->read(offset, bytes.bytes());
          return bytes;
        },
        [](Napi::Env env, const ZeroPages& bytes) {
          return Napi::Buffer<std::uint8_t>::Copy(
              env, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
        });
  }

  Napi::Value write(const Napi::CallbackInfo& info) {
    const auto offset = static_cast<std::uint64_t>(info[0].As<Napi::Number>().Int64Value());
    const auto source = info[1].As<Napi::Uint8Array>();
    ZeroPages bytes(source.ByteLength());
    if (bytes.size() > 0) std::memcpy(bytes.data(), source.Data(), bytes.size());
    return run_async(
        info.Env(),
        [device = device(info.Env()), offset, bytes = std::move(bytes)] {
          device->write(offset, bytes.bytes());
          return true;
        },
        [](Napi::Env env, bool) { return env.Undefined(); });
  }

  Napi::Value flush(const Napi::CallbackInfo& info) {
    return run_async(
        info.Env(),
        [device = device(info.Env())] {
          device->flush();
          return true;
        },
        [](Napi::Env env, bool) { return env.Undefined(); });
  }

  Napi::Value zero(const Napi::CallbackInfo& info) {
    const auto offset = static_cast<std::uint64_t>(info[0].As<Napi::Number>().Int64Value());
    const auto length = static_cast<std::uint64_t>(info[1].As<Napi::Number>().Int64Value());
    return run_async(
        info.Env(),
        [device = device(info.Env()), offset, length] {
          device->zero(offset, length);
          return true;
        },
        [](Napi::Env env, bool) { return env.Undefined(); });
  }

  Napi::Value discard(const Napi::CallbackInfo& info) {
    const auto offset = static_cast<std::uint64_t>(info[0].As<Napi::Number>().Int64Value());
    const auto length = static_cast<std::uint64_t>(info[1].As<Napi::Number>().Int64Value());
    return run_async(
        info.Env(),
        [device = device(info.Env()), offset, length] { return device->discard(offset, length); },
        [](Napi::Env env, bool done) { return Napi::Boolean::New(env, done); });
  }

  // Running work holds its own reference; the descriptors close when the last one is gone.
  Napi::Value close(const Napi::CallbackInfo& info) {
    device_.reset();
    return info.Env().Undefined();
  }

  Napi::Value size_bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(device(info.Env())->size()));
  }
  Napi::Value is_block_device(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), device(info.Env())->is_block_device());
  }
  Napi::Value logical_sector_size(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), device(info.Env())->logical_sector_size());
  }

  std::shared_ptr<const Device> device_;
};

}  // namespace

void add_device(Napi::Env env, Napi::Object exports) {
  // The class stays private: a Device comes only from openDevice.
  auto constructor =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(DeviceObject::define(env)));
  exports.Set("openDevice", Napi::Function::New(env, [constructor](const Napi::CallbackInfo& info) {
                const std::string path = info[0].As<Napi::String>();
                const auto given = info[1].As<Napi::Object>();
                const DeviceOptions options{
                    .write = given.Get("write").ToBoolean(),
                    .exclusive = given.Get("exclusive").ToBoolean(),
                    .direct = given.Get("direct").ToBoolean(),
                };
                return run_async(
                    info.Env(),
                    [path, options] { return std::make_shared<const Device>(path, options); },
                    [constructor](Napi::Env inner, std::shared_ptr<const Device>& device) {
                      return constructor->New(
                          {Napi::External<std::shared_ptr<const Device>>::New(inner, &device)});
                    });
              }));
}

std::shared_ptr<const Device> device_of(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&device_tag)) {
    throw Napi::TypeError::New(env, "not a Device of openDevice()");
  }
  return DeviceObject::Unwrap(value.As<Napi::Object>())->device(env);
}

}  // namespace nacre::glue
