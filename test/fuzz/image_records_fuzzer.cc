// The run, mask and digest records of a partition: a view refuses them or is safe to walk, and then
// its places rise, lie in the partition and add up to its used bytes.
#include <cstdlib>
#include <vector>

#include "core/pipeline/target/image_view.h"

using nacre::Bytes;
using nacre::FormatError;
using nacre::pipeline::ChunkRun;
using nacre::pipeline::ImagePartition;
using nacre::pipeline::ImageView;
using nacre::pipeline::Place;

namespace {

constexpr std::size_t head = 16;
constexpr std::uint64_t most_places = 100000;

// The head gives the window and how the rest is cut into the three kinds of records.
ImagePartition partition_of(Bytes input) {
  ImagePartition partition;
  partition.window.offset = nacre::little_endian<std::uint32_t>(input, 0, "head");
  partition.window.size = nacre::little_endian<std::uint32_t>(input, 4, "head");
  const auto runs = nacre::little_endian<std::uint16_t>(input, 8, "head");
  const auto masks = nacre::little_endian<std::uint16_t>(input, 10, "head");
  const Bytes records = nacre::slice(input, head, input.size() - head, "records");
  partition.runs = nacre::slice(records, 0, runs, "runs");
  partition.masks = nacre::slice(records, runs, masks, "masks");
  partition.digests = records.subspan(std::size_t{runs} + masks);
  return partition;
}

void walk(const ImageView& view) {
  std::uint64_t places = 0;
  std::uint64_t bytes = 0;
  std::uint64_t next = 0;
  for (const ChunkRun& run : view.runs()) {
    for (std::uint32_t i = 0; i < run.count; i++) {
      if (++places > most_places) return;
      const Place place = view.place(run, i);
      if (place.chunk < next || place.mask == 0) std::abort();
      next = place.chunk + 1;
      bytes += nacre::pipeline::used_bytes(view.window().size, place);
      if (!run.is_zero) static_cast<void>(view.digest(run, i));
    }
  }
  if (bytes != view.used_bytes() || bytes > view.window().size) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  if (size < head) return 0;
  try {
    walk(ImageView(partition_of(input), std::uint64_t{1} << 32U));
  } catch (const FormatError&) {
  }
  return 0;
}
