#pragma once

#include <napi.h>

#include <memory>

#include "core/device.h"

namespace nacre::glue {

/// Adds `openDevice(path, {write, exclusive, direct}) -> Promise<Device>`.
void add_device(Napi::Env env, Napi::Object exports);

/// The device behind a JavaScript Device object; shared, so that running work keeps it open.
/// @throws Napi::TypeError for any other value; Napi::Error when it was closed.
std::shared_ptr<const Device> device_of(const Napi::Value& value);

}  // namespace nacre::glue
