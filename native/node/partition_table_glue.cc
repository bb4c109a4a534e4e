#include "node/partition_table_glue.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/partition_table/table.h"
#include "node/device_glue.h"
#include "node/promise_worker.h"

namespace nacre::glue {
namespace {

std::string hex(std::uint64_t value, int digits) {
  char text[17] = {};
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

std::uint64_t from_hex(const Napi::Value& value) {
  return std::strtoull(value.As<Napi::String>().Utf8Value().c_str(), nullptr, 16);
}

std::uint64_t from_number(const Napi::Value& value) {
  return static_cast<std::uint64_t>(value.As<Napi::Number>().Int64Value());
}

const char* kind_name(EntryKind kind) {
  if (kind == EntryKind::primary) return "primary";
  return kind == EntryKind::extended ? "extended" : "logical";
}

EntryKind kind_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  if (name == "extended") return EntryKind::extended;
  return name == "logical" ? EntryKind::logical : EntryKind::primary;
}

Napi::Object entry_object(Napi::Env env, TableType type, const PartitionEntry& entry) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("number", entry.number);
  object.Set("firstLba", static_cast<double>(entry.first_lba));
  object.Set("lastLba", static_cast<double>(entry.last_lba));
  if (type == TableType::mbr) {
    object.Set("type", entry.type);
    object.Set("active", entry.is_active);
    object.Set("kind", kind_name(entry.kind));
    if (entry.ebr_lba) object.Set("ebrLba", static_cast<double>(*entry.ebr_lba));
  } else {
    object.Set("typeGuid", guid_text(entry.type_guid));
    object.Set("guid", guid_text(entry.guid));
    object.Set("name", Napi::String::New(env, entry.name));
    object.Set("attributes", hex(entry.attributes, 16));
  }
  return object;
}

Napi::Object table_object(Napi::Env env, const PartitionTable& table) {
  Napi::Object object = Napi::Object::New(env);
  if (table.type == TableType::mbr) {
    object.Set("type", "mbr");
    object.Set("signature", hex(table.signature, 8));
  } else if (table.type == TableType::gpt) {
    object.Set("type", "gpt");
    object.Set("guid", guid_text(table.guid));
    object.Set("entryCount", table.entry_count);
    object.Set("entriesLba", static_cast<double>(table.entries_lba));
    object.Set("protectiveActive", table.is_protective_active);
  } else {
    object.Set("type", "none");
  }
  Napi::Array entries = Napi::Array::New(env, table.entries.size());
  for (std::uint32_t i = 0; i < table.entries.size(); i++) {
    entries.Set(i, entry_object(env, table.type, table.entries[i]));
  }
  object.Set("entries", entries);
  Napi::Array problems = Napi::Array::New(env, table.problems.size());
  for (std::uint32_t i = 0; i < table.problems.size(); i++) {
    Napi::Object problem = Napi::Object::New(env);
    problem.Set("isFatal", table.problems[i].is_fatal);
    problem.Set("text", table.problems[i].text);
    problems.Set(i, problem);
  }
  object.Set("problems", problems);
  return object;
}

PartitionEntry entry_from(const Napi::Object& object, TableType type) {
  PartitionEntry entry;
  entry.number = static_cast<std::uint32_t>(from_number(object.Get("number")));
  entry.first_lba = from_number(object.Get("firstLba"));
  entry.last_lba = from_number(object.Get("lastLba"));
  if (type == TableType::mbr) {
    entry.type = static_cast<std::uint8_t>(from_number(object.Get("type")));
    entry.is_active = object.Get("active").ToBoolean();
    entry.kind = kind_of(object.Get("kind"));
    if (object.Get("ebrLba").IsNumber()) entry.ebr_lba = from_number(object.Get("ebrLba"));
  } else {
    entry.type_guid = parse_guid(object.Get("typeGuid").As<Napi::String>().Utf8Value());
    entry.guid = parse_guid(object.Get("guid").As<Napi::String>().Utf8Value());
    entry.name = object.Get("name").As<Napi::String>().Utf16Value();
    entry.attributes = from_hex(object.Get("attributes"));
  }
  return entry;
}

PartitionTable table_from(const Napi::Object& object) {
  PartitionTable table;
  const std::string type = object.Get("type").As<Napi::String>();
  if (type == "mbr") {
    table.type = TableType::mbr;
    table.signature = static_cast<std::uint32_t>(from_hex(object.Get("signature")));
  } else if (type == "gpt") {
    table.type = TableType::gpt;
    table.guid = parse_guid(object.Get("guid").As<Napi::String>().Utf8Value());
    table.entry_count = static_cast<std::uint32_t>(from_number(object.Get("entryCount")));
    if (object.Get("entriesLba").IsNumber()) {
      table.entries_lba = from_number(object.Get("entriesLba"));
    }
    table.is_protective_active = object.Get("protectiveActive").ToBoolean();
  }
  const auto entries = object.Get("entries").As<Napi::Array>();
  for (std::uint32_t i = 0; i < entries.Length(); i++) {
    table.entries.push_back(entry_from(entries.Get(i).As<Napi::Object>(), table.type));
  }
  return table;
}

Napi::Array step_array(Napi::Env env, const std::vector<WriteStep>& steps) {
  Napi::Array array = Napi::Array::New(env, steps.size());
  for (std::uint32_t i = 0; i < steps.size(); i++) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("offset", static_cast<double>(steps[i].offset));
    object.Set("bytes", Napi::Buffer<std::uint8_t>::Copy(
                            env, reinterpret_cast<const std::uint8_t*>(steps[i].bytes.data()),
                            steps[i].bytes.size()));
    object.Set("flushAfter", steps[i].flush_after);
    object.Set("onlyOverGptHeader", steps[i].only_over_gpt_header);
    object.Set("what", steps[i].what);
    array.Set(i, object);
  }
  return array;
}

Napi::Value read_table(const Napi::CallbackInfo& info) {
  const std::uint32_t sector_size = info[1].As<Napi::Number>().Uint32Value();
  return run_async(
      info.Env(),
      [device = device_of(info[0]), sector_size] {
        return read_partition_table(*device, sector_size);
      },
      table_object);
}

Napi::Value probe(const Napi::CallbackInfo& info) {
  return run_async(
      info.Env(), [device = device_of(info[0])] { return probe_sector_size(*device); },
      [](Napi::Env env, std::uint32_t size) { return Napi::Number::New(env, size); });
}

// A GUID that is none is an argument of the wrong form, as an entry without a number would be.
PartitionTable table_argument(const Napi::CallbackInfo& info) {
  try {
    return table_from(info[2].As<Napi::Object>());
  } catch (const FormatError& error) {
    throw Napi::TypeError::New(info.Env(), error.what());
  }
}

Napi::Value plan_write(const Napi::CallbackInfo& info) {
  const std::uint32_t sector_size = info[1].As<Napi::Number>().Uint32Value();
  BootCode boot_code;
  if (info[3].IsTypedArray()) {
    const auto given = info[3].As<Napi::Uint8Array>();
    boot_code.emplace();
    const std::size_t length = std::min(given.ByteLength(), boot_code->size());
    std::copy_n(reinterpret_cast<const std::byte*>(given.Data()), length, boot_code->begin());
  }
  return run_async(
      info.Env(),
      [device = device_of(info[0]), sector_size, table = table_argument(info), boot_code] {
        return plan_partition_table_write(*device, sector_size, table, boot_code);
      },
      step_array);
}

}  // namespace

void add_partition_table(Napi::Env env, Napi::Object exports) {
  exports.Set("readPartitionTable", Napi::Function::New(env, read_table));
  exports.Set("probeSectorSize", Napi::Function::New(env, probe));
  exports.Set("planPartitionTableWrite", Napi::Function::New(env, plan_write));
}

}  // namespace nacre::glue
