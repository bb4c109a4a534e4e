#include "node/fat_glue.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fat/check.h"
#include "core/fat/format.h"
#include "core/fat/volume.h"
#include "node/device_glue.h"
#include "node/js_values.h"
#include "node/promise_worker.h"

namespace nacre::glue {
namespace {

/// A volume and what it stands on. Its methods run one at a time, whichever thread calls.
struct OpenVolume {
  std::shared_ptr<const Device> device;
  DeviceWindow window;
  fat::Volume volume;
  std::mutex mutex;

  OpenVolume(std::shared_ptr<const Device> the_device, std::uint64_t offset, std::uint64_t size)
      : device(std::move(the_device)), window(*device, offset, size), volume(window) {}
};

struct Place {
  std::shared_ptr<const Device> device;
  std::uint64_t offset;
  std::uint64_t size;
};

Place place_of(const Napi::CallbackInfo& info) {
  return {device_of(info[0]), static_cast<std::uint64_t>(info[1].As<Napi::Number>().Int64Value()),
          static_cast<std::uint64_t>(info[2].As<Napi::Number>().Int64Value())};
}

std::int64_t number_at(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].As<Napi::Number>().Int64Value();
}

std::vector<std::byte> bytes_at(const Napi::CallbackInfo& info, std::size_t index) {
  const auto given = info[index].As<Napi::Uint8Array>();
  const auto* data = reinterpret_cast<const std::byte*>(given.Data());
  return {data, data + given.ByteLength()};
}

Napi::Object item_object(Napi::Env env, const fat::Item& item) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", item.name);
  object.Set("isFolder", item.is_folder);
  object.Set("attributes", to_number(env, item.attributes));
  object.Set("sizeBytes", to_number(env, item.size_bytes));
  object.Set("modifiedSeconds", Napi::Number::New(env, static_cast<double>(item.modified_seconds)));
  return object;
}

Napi::Object range_object(Napi::Env env, const fat::ByteRange& range) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("offset", to_number(env, range.offset));
  object.Set("length", to_number(env, range.length));
  return object;
}

template <class Items, class Convert>
Napi::Array array_of(Napi::Env env, const Items& items, Convert convert) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (std::uint32_t i = 0; i < items.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, convert(env, items[i]));
  }
  return array;
}

class VolumeObject final : public Napi::ObjectWrap<VolumeObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "FatVolume",
        {InstanceMethod("space", &VolumeObject::space), InstanceMethod("list", &VolumeObject::list),
         InstanceMethod("find", &VolumeObject::find), InstanceMethod("read", &VolumeObject::read),
         InstanceMethod("ranges", &VolumeObject::ranges),
         InstanceMethod("write", &VolumeObject::write),
         InstanceMethod("reserve", &VolumeObject::reserve),
         InstanceMethod("publish", &VolumeObject::publish),
         InstanceMethod("overwrite", &VolumeObject::overwrite),
         InstanceMethod("makeFolder", &VolumeObject::make_folder),
         InstanceMethod("remove", &VolumeObject::remove),
         InstanceMethod("finish", &VolumeObject::finish),
         InstanceMethod("close", &VolumeObject::close)});
  }

  explicit VolumeObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<VolumeObject>(info) {
    open_ = std::move(*info[0].As<Napi::External<std::shared_ptr<OpenVolume>>>().Data());
  }

 private:
  /// Runs `work(volume)` with the volume to itself.
  template <class Work, class Convert>
  Napi::Value run(const Napi::CallbackInfo& info, Work work, Convert convert) {
    if (!open_) throw Napi::Error::New(info.Env(), "the volume is closed");
    return run_async(
        info.Env(),
        [open = open_, work = std::move(work)] {
          const std::lock_guard lock(open->mutex);
          return work(open->volume);
        },
        std::move(convert));
  }
  template <class Work>
  Napi::Value change(const Napi::CallbackInfo& info, Work work) {
    return run(
        info,
        [work = std::move(work)](fat::Volume& volume) {
          work(volume);
          return true;
        },
        [](Napi::Env env, bool) { return env.Undefined(); });
  }

  Napi::Value space(const Napi::CallbackInfo& info) {
    return run(
        info, [](fat::Volume& volume) { return volume.space(); },
        [](Napi::Env env, const fat::Space& found) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("totalBytes", to_number(env, found.total_bytes));
          object.Set("freeBytes", to_number(env, found.free_bytes));
          object.Set("clusterBytes", to_number(env, found.cluster_bytes));
          return object;
        });
  }
  Napi::Value list(const Napi::CallbackInfo& info) {
    return run(
        info,
        [path = info[0].As<Napi::String>().Utf8Value()](fat::Volume& volume) {
          return volume.list(path);
        },
        [](Napi::Env env, const std::vector<fat::Item>& items) {
          return array_of(env, items, item_object);
        });
  }
  Napi::Value find(const Napi::CallbackInfo& info) {
    return run(
        info,
        [path = info[0].As<Napi::String>().Utf8Value()](fat::Volume& volume) {
          return volume.find(path);
        },
        [](Napi::Env env, const std::optional<fat::Item>& item) -> Napi::Value {
          if (!item) return env.Undefined();
          return item_object(env, *item);
        });
  }
  Napi::Value read(const Napi::CallbackInfo& info) {
    return run(
        info,
        [path = info[0].As<Napi::String>().Utf8Value(),
         offset = static_cast<std::uint64_t>(number_at(info, 1)),
         length = static_cast<std::size_t>(number_at(info, 2))](fat::Volume& volume) {
          return volume.read(path, offset, length);
        },
        [](Napi::Env env, const std::vector<std::byte>& bytes) {
          return Napi::Buffer<std::uint8_t>::Copy(
              env, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
        });
  }
  Napi::Value ranges(const Napi::CallbackInfo& info) {
    return run(
        info,
        [path = info[0].As<Napi::String>().Utf8Value()](fat::Volume& volume) {
          return volume.ranges(path);
        },
        [](Napi::Env env, const std::vector<fat::ByteRange>& found) {
          return array_of(env, found, range_object);
        });
  }
  Napi::Value write(const Napi::CallbackInfo& info) {
    return change(
        info, [path = info[0].As<Napi::String>().Utf8Value(), bytes = bytes_at(info, 1),
               now = number_at(info, 2)](fat::Volume& volume) { volume.write(path, bytes, now); });
  }
  Napi::Value reserve(const Napi::CallbackInfo& info) {
    return run(
        info,
        [length = static_cast<std::uint64_t>(number_at(info, 0))](fat::Volume& volume) {
          return volume.reserve(length);
        },
        range_object);
  }
  Napi::Value publish(const Napi::CallbackInfo& info) {
    const auto given = info[1].As<Napi::Object>();
    const fat::ByteRange range{.offset = number_of(given, "offset"),
                               .length = number_of(given, "length")};
    return change(info,
                  [path = info[0].As<Napi::String>().Utf8Value(), range, now = number_at(info, 2)](
                      fat::Volume& volume) { volume.publish(path, range, now); });
  }
  Napi::Value overwrite(const Napi::CallbackInfo& info) {
    return change(info, [path = info[0].As<Napi::String>().Utf8Value(),
                         offset = static_cast<std::uint64_t>(number_at(info, 1)),
                         bytes = bytes_at(info, 2)](fat::Volume& volume) {
      volume.overwrite(path, offset, bytes);
    });
  }
  Napi::Value make_folder(const Napi::CallbackInfo& info) {
    return change(info, [path = info[0].As<Napi::String>().Utf8Value(), now = number_at(info, 1)](
                            fat::Volume& volume) { volume.make_folder(path, now); });
  }
  Napi::Value remove(const Napi::CallbackInfo& info) {
    return change(info, [path = info[0].As<Napi::String>().Utf8Value()](fat::Volume& volume) {
      volume.remove(path);
    });
  }
  Napi::Value finish(const Napi::CallbackInfo& info) {
    return change(info, [](fat::Volume& volume) { volume.finish(); });
  }
  // Running work holds its own reference; the device is let go when the last one is gone.
  Napi::Value close(const Napi::CallbackInfo& info) {
    open_.reset();
    return info.Env().Undefined();
  }

  std::shared_ptr<OpenVolume> open_;
};

fat::FormatOptions options_of(const Napi::Object& given, std::uint64_t size) {
  const std::string type = text_of(given, "type");
  return {.type = type.empty() ? FileSystemType::raw : file_system_type(type),
          .size_bytes = size,
          .sector_bytes = static_cast<std::uint32_t>(number_of(given, "sectorSize")),
          .cluster_bytes = static_cast<std::uint32_t>(number_of(given, "clusterBytes")),
          .hidden_sectors = number_of(given, "hiddenSectors"),
          .reserved_sectors = static_cast<std::uint32_t>(number_of(given, "reservedSectors")),
          .label = text_of(given, "label"),
          .serial = static_cast<std::uint32_t>(number_of(given, "serial")),
          .allow_few_clusters = flag_of(given, "allowFewClusters")};
}

Napi::Object geometry_object(Napi::Env env, const fat::Geometry& geometry) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", "fat" + std::to_string(geometry.entry_bits));
  object.Set("clusterBytes", to_number(env, geometry.cluster_sectors * geometry.sector_bytes));
  object.Set("clusterCount", to_number(env, geometry.cluster_count));
  object.Set("reservedSectors", to_number(env, geometry.reserved_sectors));
  return object;
}

Napi::Object problem_object(Napi::Env env, const fat::Problem& problem) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", fat::name_of(problem.kind));
  object.Set("path", problem.path);
  object.Set("count", to_number(env, problem.count));
  object.Set("isMended", problem.is_mended);
  return object;
}

Napi::Value format(const Napi::CallbackInfo& info) {
  const Place place = place_of(info);
  return run_async(
      info.Env(),
      [place, options = options_of(info[3].As<Napi::Object>(), place.size)] {
        DeviceWindow window(*place.device, place.offset, place.size);
        return fat::format(window, options);
      },
      geometry_object);
}

Napi::Value check(const Napi::CallbackInfo& info) {
  return run_async(
      info.Env(),
      [place = place_of(info), mend = info[3].ToBoolean().Value()] {
        DeviceWindow window(*place.device, place.offset, place.size);
        return fat::check(window, mend);
      },
      [](Napi::Env env, const fat::CheckResult& result) {
        Napi::Object object = Napi::Object::New(env);
        object.Set("problems", array_of(env, result.problems, problem_object));
        object.Set("files", to_number(env, result.files));
        object.Set("folders", to_number(env, result.folders));
        object.Set("isClean", result.is_clean());
        return object;
      });
}

}  // namespace

void add_fat(Napi::Env env, Napi::Object exports) {
  auto constructor =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(VolumeObject::define(env)));
  exports.Set("formatFat", Napi::Function::New(env, format));
  exports.Set("checkFat", Napi::Function::New(env, check));
  exports.Set("openFat", Napi::Function::New(env, [constructor](const Napi::CallbackInfo& info) {
                return run_async(
                    info.Env(),
                    [place = place_of(info)] {
                      return std::make_shared<OpenVolume>(place.device, place.offset, place.size);
                    },
                    [constructor](Napi::Env inner, std::shared_ptr<OpenVolume>& open) {
                      return constructor->New(
                          {Napi::External<std::shared_ptr<OpenVolume>>::New(inner, &open)});
                    });
              }));
}

}  // namespace nacre::glue
