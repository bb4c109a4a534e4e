#pragma once

#include <napi.h>

#include "core/pipeline/capture/capture.h"
#include "core/pipeline/pack/check.h"
#include "core/pipeline/target/apply.h"
#include "core/pipeline/target/compare.h"

namespace nacre::glue {

/// The objects of native.ts for the results of the pipeline.
Napi::Value to_js(Napi::Env env, const pipeline::CaptureResult& result);
Napi::Value to_js(Napi::Env env, const pipeline::ApplyResult& result);
Napi::Value to_js(Napi::Env env, const pipeline::CompareResult& result);
/// `packs` are those of the request, which the result counts.
Napi::Value to_js(Napi::Env env, const pipeline::CheckResult& result,
                  const std::vector<pipeline::PackInput>& packs);

}  // namespace nacre::glue
