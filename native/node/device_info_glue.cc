#include "node/device_info_glue.h"

#include <string>
#include <vector>

#include "core/device_info.h"
#include "core/kernel_partitions.h"
#include "node/promise_worker.h"

namespace nacre::glue {
namespace {

const char* kind_name(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::disk:
      return "disk";
    case DeviceKind::partition:
      return "partition";
    case DeviceKind::loop:
      return "loop";
    case DeviceKind::device_mapper:
      return "device-mapper";
    case DeviceKind::raid:
      return "raid";
    case DeviceKind::file:
      break;
  }
  return "file";
}

const char* kind_name(UseKind kind) {
  switch (kind) {
    case UseKind::mounted:
      return "mounted";
    case UseKind::swap:
      return "swap";
    case UseKind::system:
      return "system";
    case UseKind::held:
      break;
  }
  return "held";
}

Napi::Array partition_array(Napi::Env env, const std::vector<KernelPartition>& partitions) {
  Napi::Array array = Napi::Array::New(env, partitions.size());
  for (std::uint32_t i = 0; i < partitions.size(); i++) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("number", partitions[i].number);
    object.Set("path", partitions[i].path);
    object.Set("offset", static_cast<double>(partitions[i].offset));
    object.Set("size", static_cast<double>(partitions[i].size));
    array.Set(i, object);
  }
  return array;
}

Napi::Array use_array(Napi::Env env, const std::vector<DeviceUse>& uses) {
  Napi::Array array = Napi::Array::New(env, uses.size());
  for (std::uint32_t i = 0; i < uses.size(); i++) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("kind", kind_name(uses[i].kind));
    object.Set("device", uses[i].device);
    object.Set("where", uses[i].where);
    object.Set("isReadOnly", uses[i].is_read_only);
    array.Set(i, object);
  }
  return array;
}

Napi::Object info_object(Napi::Env env, const DeviceInfo& info) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("path", info.path);
  object.Set("kind", kind_name(info.kind));
  if (info.kind == DeviceKind::partition) {
    object.Set("diskPath", info.disk_path);
    object.Set("partitionNumber", info.partition_number);
  }
  object.Set("sizeBytes", static_cast<double>(info.size));
  object.Set("logicalSectorSize", info.logical_sector_size);
  object.Set("physicalSectorSize", info.physical_sector_size);
  object.Set("optimalIoBytes", static_cast<double>(info.optimal_io_size));
  object.Set("alignmentOffset", static_cast<double>(info.alignment_offset));
  object.Set("model", info.model);
  object.Set("serial", info.serial);
  object.Set("wwn", info.wwn);
  object.Set("transport", info.transport);
  object.Set("identity", info.identity);
  object.Set("isReadOnly", info.is_read_only);
  object.Set("isRemovable", info.is_removable);
  if (info.is_rotational) object.Set("isRotational", *info.is_rotational);
  object.Set("partitions", partition_array(env, info.partitions));
  object.Set("uses", use_array(env, info.uses));
  return object;
}

Napi::Value inspect_device(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  return run_async(
      info.Env(), [path] { return inspect(path); }, info_object);
}

Napi::Value all_devices(const Napi::CallbackInfo& info) {
  return run_async(
      info.Env(), [] { return list_devices(); },
      [](Napi::Env env, const std::vector<DeviceInfo>& devices) {
        Napi::Array array = Napi::Array::New(env, devices.size());
        for (std::uint32_t i = 0; i < devices.size(); i++) {
          array.Set(i, info_object(env, devices[i]));
        }
        return array;
      });
}

Napi::Value marker(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  return run_async(
      info.Env(), [path] { return change_marker(path); },
      [](Napi::Env env, const std::string& text) { return Napi::String::New(env, text); });
}

Napi::Value refresh_partitions(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  const auto given = info[1].As<Napi::Array>();
  std::vector<KernelPartition> wanted;
  for (std::uint32_t i = 0; i < given.Length(); i++) {
    const auto object = given.Get(i).As<Napi::Object>();
    const auto number = [&](const char* key) {
      return static_cast<std::uint64_t>(object.Get(key).As<Napi::Number>().Int64Value());
    };
    wanted.push_back({.number = static_cast<std::uint32_t>(number("number")),
                      .path = "",
                      .offset = number("offset"),
                      .size = number("size")});
  }
  return run_async(
      info.Env(), [path, wanted] { return refresh_kernel_partitions(path, wanted); },
      partition_array);
}

}  // namespace

void add_device_info(Napi::Env env, Napi::Object exports) {
  exports.Set("inspectDevice", Napi::Function::New(env, inspect_device));
  exports.Set("listDevices", Napi::Function::New(env, all_devices));
  exports.Set("changeMarker", Napi::Function::New(env, marker));
  exports.Set("refreshPartitions", Napi::Function::New(env, refresh_partitions));
}

}  // namespace nacre::glue
