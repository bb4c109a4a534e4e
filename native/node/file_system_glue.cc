#include "node/file_system_glue.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/file_system/probe.h"
#include "node/device_glue.h"
#include "node/promise_worker.h"

namespace nacre::glue {
namespace {

constexpr std::size_t most_extents = std::size_t{1} << 20U;

struct Place {
  std::shared_ptr<const Device> device;
  std::uint64_t offset;
  std::uint64_t size;
};

struct Volume {
  VolumeReport report;
  std::uint64_t used_bytes = 0;
  std::uint64_t minimum_bytes = 0;
};

struct Extent {
  std::uint64_t offset;
  std::uint64_t length;
};

Place place_of(const Napi::CallbackInfo& info) {
  return {device_of(info[0]), static_cast<std::uint64_t>(info[1].As<Napi::Number>().Int64Value()),
          static_cast<std::uint64_t>(info[2].As<Napi::Number>().Int64Value())};
}

// The map is part of the probe: what cannot be mapped is damaged, whatever its header says.
Volume probe(const Place& place) {
  const Window partition(*place.device, place.offset, place.size);
  Volume volume{.report = probe_volume(partition)};
  UsedBlocks used(place.size);
  try {
    mark_used(partition, volume.report.type, used);
    volume.used_bytes = used.used_bytes();
    volume.minimum_bytes = minimum_bytes(volume.report, used);
  } catch (const FormatError& error) {
    volume.minimum_bytes = volume.report.volume_bytes;
    if (volume.report.state != VolumeState::unsupported &&
        volume.report.state != VolumeState::damaged) {
      volume.report.state = VolumeState::damaged;
      volume.report.reason = error.what();
    }
  }
  return volume;
}

std::vector<Extent> used_extents(const Place& place, FileSystemType type) {
  const Window partition(*place.device, place.offset, place.size);
  UsedBlocks used(place.size);
  mark_used(partition, type, used);
  std::vector<Extent> extents;
  for (std::uint64_t chunk = used.next_used_chunk(0); chunk < used.chunk_count();
       chunk = used.next_used_chunk(chunk + 1)) {
    const std::uint16_t mask = used.chunk_mask(chunk);
    for (std::uint64_t i = 0; i < 16; i++) {
      if ((mask >> i & 1U) == 0) continue;
      const std::uint64_t offset = (chunk * 16 + i) * UsedBlocks::block_size;
      const std::uint64_t length = std::min(UsedBlocks::block_size, place.size - offset);
      if (!extents.empty() && extents.back().offset + extents.back().length == offset) {
        extents.back().length += length;
        continue;
      }
      if (extents.size() == most_extents) throw FormatError("more than 1048576 used extents");
      extents.push_back({offset, length});
    }
  }
  return extents;
}

Napi::Value to_number(Napi::Env env, std::uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Array fields_array(Napi::Env env, const std::vector<PositionalField>& fields) {
  Napi::Array array = Napi::Array::New(env, fields.size());
  for (std::uint32_t i = 0; i < fields.size(); i++) {
    Napi::Object field = Napi::Object::New(env);
    field.Set("offset", to_number(env, fields[i].offset));
    field.Set("kind", name_of(fields[i].kind));
    field.Set("length", to_number(env, fields[i].length));
    array.Set(i, field);
  }
  return array;
}

Napi::Object volume_object(Napi::Env env, const Volume& volume) {
  const VolumeReport& report = volume.report;
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", name_of(report.type));
  object.Set("label", report.label);
  object.Set("uuid", report.uuid);
  object.Set("clusterBytes", to_number(env, report.cluster_bytes));
  object.Set("volumeBytes", to_number(env, report.volume_bytes));
  object.Set("usedBytes", to_number(env, volume.used_bytes));
  object.Set("minimumBytes", to_number(env, volume.minimum_bytes));
  object.Set("state", name_of(report.state));
  object.Set("reason", report.reason);
  object.Set("positionalFields", fields_array(env, report.positional_fields));
  return object;
}

Napi::Array extents_array(Napi::Env env, const std::vector<Extent>& extents) {
  Napi::Array array = Napi::Array::New(env, extents.size());
  for (std::uint32_t i = 0; i < extents.size(); i++) {
    const Napi::HandleScope scope(env);
    Napi::Object extent = Napi::Object::New(env);
    extent.Set("offset", to_number(env, extents[i].offset));
    extent.Set("length", to_number(env, extents[i].length));
    array.Set(i, extent);
  }
  return array;
}

}  // namespace

void add_file_system(Napi::Env env, Napi::Object exports) {
  exports.Set(
      "probeFileSystem", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
        return run_async(
            info.Env(), [place = place_of(info)] { return probe(place); },
            [](Napi::Env inner, const Volume& volume) { return volume_object(inner, volume); });
      }));
  exports.Set(
      "usedExtents", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
        const std::string type = info[3].As<Napi::String>();
        return run_async(
            info.Env(),
            [place = place_of(info), type] { return used_extents(place, file_system_type(type)); },
            [](Napi::Env inner, const std::vector<Extent>& extents) {
              return extents_array(inner, extents);
            });
      }));
}

}  // namespace nacre::glue
