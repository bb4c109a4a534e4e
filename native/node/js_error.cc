#include "node/js_error.h"

#include <variant>

#include "core/error.h"

namespace nacre::glue {
namespace {

Napi::Object facts_object(Napi::Env env, const std::vector<Fact>& facts) {
  Napi::Object object = Napi::Object::New(env);
  for (const Fact& fact : facts) {
    if (const auto* text = std::get_if<std::string>(&fact.value)) {
      object.Set(fact.name, *text);
    } else {
      object.Set(fact.name, static_cast<double>(std::get<std::uint64_t>(fact.value)));
    }
  }
  return object;
}

}  // namespace

Napi::Value to_js_error(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const OsError& os) {
    Napi::Object value = Napi::Error::New(env, os.what()).Value();
    value.Set("errno", -os.error_number());
    value.Set("syscall", os.syscall());
    value.Set("path", os.path());
    return value;
  } catch (const CodedError& coded) {
    Napi::Object value = Napi::Error::New(env, coded.what()).Value();
    value.Set("nacreCode", coded.code());
    value.Set("facts", facts_object(env, coded.facts()));
    return value;
  } catch (const FormatError& format) {
    Napi::Object value = Napi::Error::New(env, format.what()).Value();
    value.Set("format", format.what());
    return value;
  } catch (const Napi::Error& js) {
    return js.Value();
  } catch (const std::exception& other) {
    return Napi::Error::New(env, other.what()).Value();
  }
}

}  // namespace nacre::glue
