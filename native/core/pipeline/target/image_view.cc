#include "core/pipeline/target/image_view.h"

#include <algorithm>

namespace nacre::pipeline {
namespace {

constexpr std::uint16_t zero_kind = 1;
constexpr std::uint16_t masked_kind = 2;

}  // namespace

ImageView::ImageView(const ImagePartition& partition, std::uint64_t device_size)
    : partition_(partition) {
  const PartitionWindow window = partition.window;
  if (window.offset > device_size || window.size > device_size - window.offset) {
    throw FormatError("partition outside the device");
  }
  if (partition.runs.size() % run_record_size != 0) throw FormatError("run records: length");
  if (partition.masks.size() % mask_record_size != 0) throw FormatError("mask records: length");
  if (partition.digests.size() % digest_size != 0) throw FormatError("digest records: length");
  runs_.reserve(partition.runs.size() / run_record_size);
  for (std::size_t offset = 0; offset < partition.runs.size(); offset += run_record_size) {
    add_run(offset);
  }
  if (masks_ != partition.masks.size() / mask_record_size) throw FormatError("mask records: count");
  if (digests_ != partition.digests.size() / digest_size) {
    throw FormatError("digest records: count");
  }
  check_fields();
}

void ImageView::add_run(std::size_t offset) {
  const Bytes record = slice(partition_.runs, offset, run_record_size, "run record");
  const auto kind = little_endian<std::uint16_t>(record, 12, "run record: kind");
  const ChunkRun run{.first = little_endian<std::uint64_t>(record, 0, "run record: first chunk"),
                     .count = little_endian<std::uint32_t>(record, 8, "run record: count"),
                     .is_zero = (kind & zero_kind) != 0,
                     .is_masked = (kind & masked_kind) != 0,
                     .first_mask = masks_,
                     .first_digest = digests_};
  const std::uint64_t chunks = chunk_count_of(partition_.window.size);
  const std::uint64_t after = runs_.empty() ? 0 : runs_.back().first + runs_.back().count;
  if ((kind & ~(zero_kind | masked_kind)) != 0) throw FormatError("run record: kind");
  if (little_endian<std::uint16_t>(record, 14, "run record: reserved") != 0) {
    throw FormatError("run record: reserved");
  }
  if (run.count == 0 || run.count > chunks) throw FormatError("run record: count");
  if (run.first < after || run.first > chunks - run.count) {
    throw FormatError("run record: first chunk");
  }
  if (run.is_masked) {
    check_masks(run);
    masks_ += run.count;
  }
  used_bytes_ += used_bytes(run, 0, run.count);
  if (!run.is_zero) digests_ += run.count;
  runs_.push_back(run);
}

void ImageView::check_masks(const ChunkRun& run) {
  if (run.count > partition_.masks.size() / mask_record_size - masks_) {
    throw FormatError("mask records: count");
  }
  for (std::uint32_t i = 0; i < run.count; i++) {
    const Place chunk = place(run, i);
    const std::uint16_t reached = reach_mask(partition_.window.size, chunk.chunk);
    if (chunk.mask == 0 || chunk.mask == reached || (chunk.mask & ~reached) != 0) {
      throw FormatError("mask record");
    }
  }
}

void ImageView::check_fields() const {
  const std::uint64_t size = partition_.window.size;
  for (const PlacedField& field : partition_.fields) {
    if (field.captured.size() != field.placed.size()) throw FormatError("field: length");
    if (field.offset > size || field.placed.size() > size - field.offset) {
      throw FormatError("field: offset");
    }
  }
}

std::uint64_t ImageView::used_bytes(const ChunkRun& run, std::uint32_t index,
                                    std::uint32_t count) const {
  if (count == 0) return 0;
  const std::uint64_t size = partition_.window.size;
  if (!run.is_masked) {
    return (count - 1ULL) * chunk_size + chunk_bytes(size, run.first + index + count - 1);
  }
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < count; i++) {
    bytes += nacre::pipeline::used_bytes(size, place(run, index + i));
  }
  return bytes;
}

std::uint64_t ImageView::next_field_chunk(std::uint64_t from) const {
  std::uint64_t next = chunk_count_of(partition_.window.size);
  for (const PlacedField& field : partition_.fields) {
    if (field.placed.empty()) continue;
    const std::uint64_t first = field.offset / chunk_size;
    const std::uint64_t last = (field.offset + field.placed.size() - 1) / chunk_size;
    if (last >= from) next = std::min(next, std::max(first, from));
  }
  return next;
}

Place ImageView::place(const ChunkRun& run, std::uint32_t index) const {
  const std::uint64_t chunk = run.first + index;
  if (!run.is_masked) return {.chunk = chunk, .mask = reach_mask(partition_.window.size, chunk)};
  const auto record = static_cast<std::size_t>(run.first_mask + index) * mask_record_size;
  return {.chunk = chunk,
          .mask = little_endian<std::uint16_t>(partition_.masks, record, "mask record")};
}

Bytes ImageView::digest(const ChunkRun& run, std::uint32_t index) const {
  const auto record = static_cast<std::size_t>(run.first_digest + index) * digest_size;
  return slice(partition_.digests, record, digest_size, "digest record");
}

std::vector<ImageView> view_partitions(const std::vector<ImagePartition>& partitions,
                                       std::uint64_t device_size) {
  std::vector<ImageView> views;
  std::vector<PartitionWindow> windows;
  for (const ImagePartition& partition : partitions) {
    views.emplace_back(partition, device_size);
    if (partition.window.size != 0) windows.push_back(partition.window);
  }
  std::sort(windows.begin(), windows.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  for (std::size_t i = 1; i < windows.size(); i++) {
    if (windows[i].offset - windows[i - 1].offset < windows[i - 1].size) {
      throw FormatError("partitions overlap");
    }
  }
  return views;
}

}  // namespace nacre::pipeline
