#include "node/js_values.h"

#include <cmath>
#include <cstring>

namespace nacre::glue {

std::uint64_t number_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (number < 0 || number > 9007199254740992.0 || std::floor(number) != number) {
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a size");
  }
  return static_cast<std::uint64_t>(number);
}

std::string text_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsString()) {
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a string");
  }
  return value.As<Napi::String>();
}

bool flag_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsBoolean()) {
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a boolean");
  }
  return value.As<Napi::Boolean>();
}

namespace {

Napi::Uint8Array array_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a Uint8Array");
  }
  return value.As<Napi::Uint8Array>();
}

}  // namespace

Bytes bytes_of(const Napi::Object& object, const char* name, Kept& kept) {
  Napi::Uint8Array array = array_of(object, name);
  kept.push_back(Napi::Persistent(array.As<Napi::Object>()));
  return {reinterpret_cast<const std::byte*>(array.Data()), array.ByteLength()};
}

std::vector<std::byte> copy_of(const Napi::Object& object, const char* name) {
  const Napi::Uint8Array array = array_of(object, name);
  std::vector<std::byte> bytes(array.ByteLength());
  if (!bytes.empty()) std::memcpy(bytes.data(), array.Data(), bytes.size());
  return bytes;
}

std::vector<Napi::Object> objects_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsArray()) {
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not an array");
  }
  const auto array = value.As<Napi::Array>();
  std::vector<Napi::Object> objects;
  for (std::uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value item = array.Get(i);
    if (!item.IsObject()) {
      throw Napi::TypeError::New(object.Env(), std::string(name) + " holds no objects");
    }
    objects.push_back(item.As<Napi::Object>());
  }
  return objects;
}

Napi::Number to_number(Napi::Env env, std::uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

}  // namespace nacre::glue
