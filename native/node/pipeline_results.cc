#include "node/pipeline_results.h"

#include <memory>

#include "node/js_values.h"

namespace nacre::glue {
namespace {

// A Buffer over records that `owner` keeps; nothing is copied where the engine allows it.
Napi::Value to_buffer(Napi::Env env, Bytes bytes,
                      const std::shared_ptr<const pipeline::RecordArray>& owner) {
  if (bytes.empty()) return Napi::Buffer<std::uint8_t>::New(env, 0);
  auto* data = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return Napi::Buffer<std::uint8_t>::NewOrCopy(env, data, bytes.size(),
                                               [owner](Napi::Env, std::uint8_t*) {});
}

Napi::Array to_ranges(Napi::Env env, const std::vector<pipeline::Range>& ranges) {
  Napi::Array array = Napi::Array::New(env, ranges.size());
  for (std::uint32_t i = 0; i < ranges.size(); i++) {
    Napi::Object range = Napi::Object::New(env);
    range.Set("offset", to_number(env, ranges[i].offset));
    range.Set("length", to_number(env, ranges[i].length));
    array.Set(i, range);
  }
  return array;
}

Napi::Object to_js(Napi::Env env, const pipeline::CapturedPartition& partition) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("usedBytes", to_number(env, partition.used_bytes));
  object.Set("runs", to_buffer(env, partition.runs->bytes(), partition.runs));
  object.Set("masks", to_buffer(env, partition.masks->bytes(), partition.masks));
  object.Set("digests", to_buffer(env, partition.digests->bytes(), partition.digests));
  object.Set("gaps", to_ranges(env, partition.gaps));
  return object;
}

}  // namespace

Napi::Value to_js(Napi::Env env, const pipeline::CaptureResult& result) {
  Napi::Array partitions = Napi::Array::New(env);
  for (const pipeline::CapturedPartition& partition : result.partitions) {
    partitions.Set(partitions.Length(), to_js(env, partition));
  }
  Napi::Array packs = Napi::Array::New(env);
  for (const pipeline::CapturedPack& pack : result.packs) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("path", pack.path);
    object.Set("frames", to_buffer(env, pack.frames, result.frame_records));
    object.Set("digests", to_buffer(env, pack.digests, result.new_digests));
    object.Set("sizeBytes", to_number(env, pack.size));
    packs.Set(packs.Length(), object);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("partitions", partitions);
  object.Set("packs", packs);
  object.Set("newChunks", to_number(env, result.new_chunks));
  object.Set("reusedChunks", to_number(env, result.reused_chunks));
  object.Set("zeroChunks", to_number(env, result.zero_chunks));
  return object;
}

Napi::Value to_js(Napi::Env env, const pipeline::ApplyResult& result) {
  Napi::Array partitions = Napi::Array::New(env);
  for (const pipeline::AppliedPartition& partition : result.partitions) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("writtenBytes", to_number(env, partition.written_bytes));
    object.Set("unchangedBytes", to_number(env, partition.unchanged_bytes));
    object.Set("chunksWritten", to_number(env, partition.chunks_written));
    partitions.Set(partitions.Length(), object);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("partitions", partitions);
  object.Set("verifiedBytes", to_number(env, result.verified_bytes));
  return object;
}

Napi::Value to_js(Napi::Env env, const pipeline::CompareResult& result) {
  Napi::Array partitions = Napi::Array::New(env);
  for (const pipeline::ComparedPartition& partition : result.partitions) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("differingChunks", to_number(env, partition.differing_chunks));
    object.Set("differingBytes", to_number(env, partition.differing_bytes));
    object.Set("ranges", to_ranges(env, partition.ranges));
    partitions.Set(partitions.Length(), object);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("partitions", partitions);
  return object;
}

Napi::Value to_js(Napi::Env env, const pipeline::CheckResult& result,
                  const std::vector<pipeline::PackInput>& packs) {
  Napi::Array damaged = Napi::Array::New(env);
  for (const pipeline::DamagedChunk& chunk : result.damaged) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("pack", packs[chunk.pack].place.path);
    object.Set("frame", chunk.frame);
    object.Set("expected", chunk.expected);
    object.Set("found", chunk.found);
    object.Set("offset", to_number(env, chunk.offset));
    object.Set("reason", chunk.reason);
    damaged.Set(damaged.Length(), object);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("checkedChunks", to_number(env, result.checked_chunks));
  object.Set("damaged", damaged);
  return object;
}

}  // namespace nacre::glue
