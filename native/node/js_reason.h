#pragma once

#include <napi.h>

#include <exception>

namespace nacre::glue {

/// Why a promise of JavaScript was rejected, as plain data: a thread that throws it has no right to
/// hold JavaScript values. A CodedError with code and facts of a NacreError, std::runtime_error for
/// anything else.
std::exception_ptr exception_of(const Napi::Value& reason);

}  // namespace nacre::glue
