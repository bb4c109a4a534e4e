#pragma once

#include <napi.h>

#include <exception>

namespace nacre::glue {

/// The JavaScript Error for a C++ exception:
/// OsError has `errno syscall path`, CodedError `nacreCode facts`, FormatError `format`.
Napi::Value to_js_error(Napi::Env env, const std::exception_ptr& error);

}  // namespace nacre::glue
