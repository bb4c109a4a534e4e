#include "core/pipeline/target/target_blocks.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "core/pipeline/target/target_error.h"

namespace nacre::pipeline {
namespace {

template <class Differs>
std::uint16_t blocks_where(std::uint64_t partition_size, Place place, Differs differs) {
  const std::size_t reached = chunk_bytes(partition_size, place.chunk);
  unsigned found = 0;
  for (unsigned block = 0; block < blocks_per_chunk; block++) {
    if ((place.mask >> block & 1U) == 0) continue;
    const std::size_t begin = block * block_size;
    if (differs(begin, std::min(block_size, reached - begin))) found |= 1U << block;
  }
  return static_cast<std::uint16_t>(found);
}

// Calls `exchange(index in the field, offset in the chunk)` for the bytes of a field in used
// blocks.
void for_field_bytes(const PlacedField& field, Place place,
                     const std::function<void(std::size_t, std::size_t)>& exchange) {
  const std::uint64_t begin = place.chunk * chunk_size;
  for (std::size_t i = 0; i < field.placed.size(); i++) {
    const std::uint64_t offset = field.offset + i;
    if (offset < begin || offset - begin >= chunk_size) continue;
    const auto in_chunk = static_cast<std::size_t>(offset - begin);
    if ((place.mask >> (in_chunk / block_size) & 1U) != 0) exchange(i, in_chunk);
  }
}

struct PartitionPlaces {
  std::uint32_t partition;
  std::span<const Place> places;
};

// Which block it was, only single blocks can tell.
void read_blocks(const Device& device, PartitionWindow window, const PartitionPlaces& job,
                 MutableBytes buffer) {
  for (std::size_t slot = 0; slot < job.places.size(); slot++) {
    const Place place = job.places[slot];
    for_each_stretch({&place, 1}, window, 0, [&](const Stretch& stretch) {
      for (std::size_t done = 0; done < stretch.length; done += block_size) {
        const std::size_t length = std::min(block_size, stretch.length - done);
        const std::size_t at = slot * chunk_size + stretch.buffer_offset + done;
        const std::uint64_t disk_offset = stretch.disk_offset + done;
        at_target({device, job.partition, disk_offset, length, "read"},
                  [&] { device.read(disk_offset, buffer.subspan(at, length)); });
      }
    });
  }
  clear_unused(window.size, job.places, buffer);
}

}  // namespace

bool read_target(const Device& device, PartitionWindow window, const TargetJob& job,
                 MutableBytes buffer) {
  std::array<Place, job_chunks> places = job.places;
  bool is_all_hole = true;
  for (std::size_t slot = 0; slot < job.count; slot++) {
    if (job.chunks[slot].is_hole) {
      places[slot].mask = 0;
    } else {
      is_all_hole = false;
    }
  }
  if (is_all_hole) return false;
  try {
    read_places(device, window, {places.data(), job.count}, buffer);
  } catch (const OsError&) {
    read_blocks(device, window, {.partition = job.partition, .places = {places.data(), job.count}},
                buffer);
  }
  return true;
}

std::uint16_t differing_blocks(std::uint64_t partition_size, Place place, Bytes target,
                               Bytes image) {
  return blocks_where(partition_size, place, [&](std::size_t begin, std::size_t length) {
    return std::memcmp(target.data() + begin, image.data() + begin, length) != 0;
  });
}

std::uint16_t nonzero_blocks(std::uint64_t partition_size, Place place, Bytes chunk) {
  return blocks_where(partition_size, place, [&](std::size_t begin, std::size_t length) {
    return !is_zero(chunk.subspan(begin, length));
  });
}

void place_fields(const std::vector<PlacedField>& fields, Place place, MutableBytes chunk) {
  for (const PlacedField& field : fields) {
    for_field_bytes(field, place, [&](std::size_t i, std::size_t in_chunk) {
      if (chunk[in_chunk] != field.captured[i]) throw FormatError("field: captured bytes");
      chunk[in_chunk] = field.placed[i];
    });
  }
}

void unplace_fields(const std::vector<PlacedField>& fields, Place place, MutableBytes chunk) {
  for (const PlacedField& field : fields) {
    bool is_placed = true;
    for_field_bytes(field, place, [&](std::size_t i, std::size_t in_chunk) {
      is_placed = is_placed && chunk[in_chunk] == field.placed[i];
    });
    if (!is_placed) continue;
    for_field_bytes(field, place, [&](std::size_t i, std::size_t in_chunk) {
      chunk[in_chunk] = field.captured[i];
    });
  }
}

}  // namespace nacre::pipeline
