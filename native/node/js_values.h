#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace nacre::glue {

/// JavaScript values that keep memory alive which C++ reads without a copy.
using Kept = std::vector<Napi::ObjectReference>;

/// A size or offset in a member of `object`. @throws Napi::TypeError for anything but a whole
/// number of at most 2^53: it is refused, never cut.
std::uint64_t number_of(const Napi::Object& object, const char* name);
/// @throws Napi::TypeError
std::string text_of(const Napi::Object& object, const char* name);
/// @throws Napi::TypeError
bool flag_of(const Napi::Object& object, const char* name);
/// The bytes of a Uint8Array, which joins `kept`: records are large, so they are not copied.
/// @throws Napi::TypeError
Bytes bytes_of(const Napi::Object& object, const char* name, Kept& kept);
/// A copy of a small Uint8Array. @throws Napi::TypeError
std::vector<std::byte> copy_of(const Napi::Object& object, const char* name);
/// An array of objects. @throws Napi::TypeError
std::vector<Napi::Object> objects_of(const Napi::Object& object, const char* name);

/// Sizes are far below 2^53.
Napi::Number to_number(Napi::Env env, std::uint64_t value);

}  // namespace nacre::glue
