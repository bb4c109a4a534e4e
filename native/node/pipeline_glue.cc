#include "node/pipeline_glue.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/file_system/probe.h"
#include "core/pipeline/capture/capture.h"
#include "core/pipeline/pack/check.h"
#include "core/pipeline/target/apply.h"
#include "core/pipeline/target/compare.h"
#include "node/device_glue.h"
#include "node/js_frames.h"
#include "node/js_packs.h"
#include "node/js_use.h"
#include "node/js_values.h"
#include "node/operation.h"
#include "node/pipeline_results.h"

namespace nacre::glue {
namespace {

unsigned threads_of(const Napi::Object& options) {
  return static_cast<unsigned>(std::min<std::uint64_t>(number_of(options, "threads"), 64));
}

DigestAlgorithm algorithm_of(const Napi::Object& options) {
  const std::uint64_t id = number_of(options, "algorithm");
  return digest_algorithm(id > 255 ? 0 : static_cast<std::uint32_t>(id));
}

/// What the packs of a request need of JavaScript while they are read.
struct PackOwners {
  Kept kept;
  /// Only when a pack has a `read`.
  std::shared_ptr<JsPacks> readers;
};

std::shared_ptr<const pipeline::PackReader> reader_of(const Napi::Object& pack,
                                                      PackOwners& owners) {
  const Napi::Value read = pack.Get("read");
  if (!read.IsFunction()) throw Napi::TypeError::New(pack.Env(), "read is not a function");
  if (!owners.readers) owners.readers = std::make_shared<JsPacks>(pack.Env());
  return JsPacks::add(owners.readers, read.As<Napi::Function>(), number_of(pack, "sizeBytes"));
}

// `device` and `ranges` stand in a pack that lies on a device, `read` and `sizeBytes` in one that
// JavaScript reads.
pipeline::PackPlace place_of(const Napi::Object& pack, PackOwners& owners) {
  pipeline::PackPlace place{.path = text_of(pack, "path")};
  if (pack.Has("read")) {
    place.reader = reader_of(pack, owners);
    return place;
  }
  if (!pack.Has("device")) return place;
  place.device = device_of(pack.Get("device"));
  for (const Napi::Object& range : objects_of(pack, "ranges")) {
    place.ranges.push_back(
        {.offset = number_of(range, "offset"), .length = number_of(range, "length")});
  }
  return place;
}

std::vector<pipeline::PackInput> packs_of(const Napi::Object& options, PackOwners& owners) {
  std::vector<pipeline::PackInput> packs;
  for (const Napi::Object& pack : objects_of(options, "packs")) {
    packs.push_back({.place = place_of(pack, owners),
                     .frames = bytes_of(pack, "frames", owners.kept),
                     .digests = bytes_of(pack, "digests", owners.kept)});
  }
  return packs;
}

std::vector<pipeline::ImagePartition> image_partitions_of(const Napi::Object& options, Kept& kept) {
  std::vector<pipeline::ImagePartition> partitions;
  for (const Napi::Object& given : objects_of(options, "partitions")) {
    pipeline::ImagePartition partition{
        .window = {.offset = number_of(given, "offset"), .size = number_of(given, "size")},
        .runs = bytes_of(given, "runs", kept),
        .masks = bytes_of(given, "masks", kept),
        .digests = bytes_of(given, "digests", kept),
        .fields = {}};
    for (const Napi::Object& field : objects_of(given, "fields")) {
      partition.fields.push_back({.offset = number_of(field, "offset"),
                                  .captured = copy_of(field, "captured"),
                                  .placed = copy_of(field, "placed")});
    }
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

// Runs a request on the operation's thread.
template <class Request, class Result>
Napi::Value start(Napi::Env env, PackOwners owners, std::shared_ptr<Request> request,
                  Result (*run)(Request&, pipeline::Control&)) {
  auto work = [request, run, readers = owners.readers](pipeline::Control& control) {
    const JsUse use(readers, control);
    return Convert(
        [request, result = std::make_shared<Result>(run(*request, control))](Napi::Env inner) {
          if constexpr (std::is_same_v<Result, pipeline::CheckResult>) {
            return to_js(inner, *result, request->packs);
          } else {
            return to_js(inner, *result);
          }
        });
  };
  return start_operation(env, std::move(owners.kept), std::move(work));
}

/// A capture as it was asked for: the maps are read on the operation's thread.
struct CaptureOrder {
  pipeline::CaptureRequest request;
  struct Partition {
    std::uint64_t offset;
    std::uint64_t size;
    FileSystemType type;
  };
  std::vector<Partition> partitions;
  /// Only with `writeFrames`.
  std::shared_ptr<JsFrames> frames;
};

pipeline::PartitionMap map_of(const Device& device, const CaptureOrder::Partition& partition) {
  const Window window(device, partition.offset, partition.size);
  if (partition.type == FileSystemType::raw) return pipeline::PartitionMap(partition.size);
  UsedBlocks used(partition.size);
  mark_used(window, partition.type, used);
  return pipeline::PartitionMap(std::move(used));
}

pipeline::CaptureResult run_capture(CaptureOrder& order, pipeline::Control& control) {
  const JsUse use(order.frames, control);
  pipeline::CaptureRequest& request = order.request;
  for (const CaptureOrder::Partition& partition : order.partitions) {
    request.partitions.push_back(
        {.offset = partition.offset, .map = map_of(*request.device, partition)});
  }
  return pipeline::capture(request, control);
}

Napi::Value start_capture(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  PackOwners owners;
  auto order = std::make_shared<CaptureOrder>();
  order->request.device = device_of(options.Get("device"));
  order->request.algorithm = algorithm_of(options);
  order->request.level = static_cast<int>(std::min<std::uint64_t>(number_of(options, "level"), 99));
  order->request.known_digests = bytes_of(options, "knownDigests", owners.kept);
  if (options.Has("writeFrames")) {
    const Napi::Value write = options.Get("writeFrames");
    if (!write.IsFunction()) {
      throw Napi::TypeError::New(info.Env(), "writeFrames is not a function");
    }
    order->frames = std::make_shared<JsFrames>(info.Env(), write.As<Napi::Function>());
    order->request.sink = order->frames;
  } else {
    order->request.pack_directory = text_of(options, "packDirectory");
    order->request.pack_limit = number_of(options, "packLimitBytes");
  }
  order->request.threads = threads_of(options);
  order->request.skip_bad = flag_of(options, "skipBad");
  for (const Napi::Object& partition : objects_of(options, "partitions")) {
    order->partitions.push_back({.offset = number_of(partition, "offset"),
                                 .size = number_of(partition, "size"),
                                 .type = file_system_type(text_of(partition, "fileSystem"))});
  }
  return start(info.Env(), std::move(owners), order, run_capture);
}

Napi::Value start_apply(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  PackOwners owners;
  auto request = std::make_shared<const pipeline::ApplyRequest>(
      pipeline::ApplyRequest{.device = device_of(options.Get("device")),
                             .partitions = image_partitions_of(options, owners.kept),
                             .packs = packs_of(options, owners),
                             .algorithm = algorithm_of(options),
                             .compare = flag_of(options, "compare"),
                             .threads = threads_of(options)});
  return start(info.Env(), std::move(owners), request, pipeline::apply);
}

Napi::Value start_compare(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  PackOwners owners;
  auto request = std::make_shared<const pipeline::CompareRequest>(
      pipeline::CompareRequest{.device = device_of(options.Get("device")),
                               .partitions = image_partitions_of(options, owners.kept),
                               .packs = packs_of(options, owners),
                               .algorithm = algorithm_of(options),
                               .threads = threads_of(options)});
  return start(info.Env(), std::move(owners), request, pipeline::compare);
}

Napi::Value start_check(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  PackOwners owners;
  auto request = std::make_shared<const pipeline::CheckRequest>(
      pipeline::CheckRequest{.packs = packs_of(options, owners),
                             .algorithm = algorithm_of(options),
                             .wanted = bytes_of(options, "wanted", owners.kept),
                             .threads = threads_of(options)});
  return start(info.Env(), std::move(owners), request, pipeline::check);
}

}  // namespace

void add_pipeline(Napi::Env env, Napi::Object exports) {
  exports.Set("startCapture", Napi::Function::New(env, start_capture));
  exports.Set("startApply", Napi::Function::New(env, start_apply));
  exports.Set("startCompare", Napi::Function::New(env, start_compare));
  exports.Set("startCheck", Napi::Function::New(env, start_check));
}

}  // namespace nacre::glue
