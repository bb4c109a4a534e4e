#include "node/js_reason.h"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace nacre::glue {
namespace {

// A number that is no size is shown as JavaScript shows it.
Fact fact_of(const std::string& name, const Napi::Value& value) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= 0 && number <= 9007199254740992.0 && std::floor(number) == number) {
      return {.name = name, .value = static_cast<std::uint64_t>(number)};
    }
  }
  return {.name = name, .value = value.ToString().Utf8Value()};
}

}  // namespace

std::exception_ptr exception_of(const Napi::Value& reason) {
  if (!reason.IsObject()) {
    return std::make_exception_ptr(std::runtime_error(reason.ToString().Utf8Value()));
  }
  const auto object = reason.As<Napi::Object>();
  const Napi::Value code = object.Get("code");
  const Napi::Value facts = object.Get("facts");
  if (!code.IsString() || !facts.IsObject()) {
    const Napi::Value message = object.Get("message");
    return std::make_exception_ptr(std::runtime_error(message.ToString().Utf8Value()));
  }
  std::vector<Fact> values;
  const auto table = facts.As<Napi::Object>();
  const Napi::Array names = table.GetPropertyNames();
  for (std::uint32_t i = 0; i < names.Length(); i++) {
    const std::string name = Napi::Value(names[i]).ToString();
    values.push_back(fact_of(name, table.Get(name)));
  }
  return std::make_exception_ptr(
      CodedError(code.As<Napi::String>().Utf8Value(), std::move(values)));
}

}  // namespace nacre::glue
