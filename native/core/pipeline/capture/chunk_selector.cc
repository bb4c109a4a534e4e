#include "core/pipeline/capture/chunk_selector.h"

#include <cstring>
#include <stdexcept>

namespace nacre::pipeline {

Bytes ChunkGroup::gather(MutableBytes scratch) const {
  std::size_t count = 0;
  bool is_together = true;
  while (count < frame_cap && chunks[count] != nullptr) {
    is_together = is_together && chunks[count] == chunks[0] + count * chunk_size;
    count++;
  }
  if (is_together) return {chunks[0], count * chunk_size};
  for (std::size_t i = 0; i < count; i++) {
    std::memcpy(scratch.data() + i * chunk_size, chunks[i], chunk_size);
  }
  return scratch.first(count * chunk_size);
}

ChunkSelector::ChunkSelector(const CaptureRequest& request, std::uint64_t used_chunks)
    : request_(request),
      new_digests_(std::make_shared<RecordArray>(used_chunks * digest_size)),
      known_count_(static_cast<std::uint32_t>(request.known_digests.size() / digest_size)),
      seen_([this](std::uint32_t number) {
        return number < known_count_
                   ? request_.known_digests.subspan(number * digest_size, digest_size)
                   : new_digests_->bytes().subspan((number - known_count_) * digest_size,
                                                   digest_size);
      }) {
  const std::uint64_t known = request.known_digests.size() / digest_size;
  if (known + used_chunks >= DigestIndex::absent) throw std::length_error("too many chunks");
  seen_.reserve(known);
  for (std::uint32_t number = 0; number < known_count_; number++) {
    seen_.insert(request.known_digests.subspan(number * digest_size, digest_size), number);
  }
  partitions_.reserve(request.partitions.size());
  for (const CapturePartition& partition : request.partitions) {
    partitions_.emplace_back(partition.map.size(), partition.map.used_chunks());
  }
}

bool ChunkSelector::is_new(const Digest& digest) {
  const auto number = known_count_ + static_cast<std::uint32_t>(counts_.new_chunks);
  // Inserted before its bytes are there: the index compares a new digest only with older ones.
  if (seen_.insert(Bytes(digest), number) != number) return false;
  new_digests_->append(Bytes(digest));
  return true;
}

std::uint64_t ChunkSelector::add_hole(const CaptureJob& job) {
  const PartitionMap& map = request_.partitions[job.partition].map;
  std::uint64_t bytes = 0;
  for (std::uint64_t chunk = job.hole_begin; chunk < job.hole_end;
       chunk = map.next_used_chunk(chunk + 1)) {
    const Place place{.chunk = chunk, .mask = map.mask(chunk)};
    partitions_[job.partition].add_zero(place);
    counts_.zero_chunks++;
    bytes += used_bytes(map.size(), place);
  }
  return bytes;
}

std::uint64_t ChunkSelector::select(const CaptureJob& job, LoadedJob& loaded,
                                    std::vector<ChunkGroup>& groups) {
  groups.clear();
  if (job.count == 0) return add_hole(job);
  for (const Range gap : loaded.gaps) partitions_[job.partition].add_gap(gap);
  Fresh fresh{};
  std::size_t count = carried_;
  const MutableBytes chunks = loaded.chunks();
  for (std::size_t slot = 0; slot < job.count; slot++) {
    const std::uint64_t before = counts_.new_chunks;
    add_place(job, loaded, slot);
    if (counts_.new_chunks == before) continue;
    fresh[count++] = {.bytes = chunks.data() + slot * chunk_size, .digest = loaded.digests[slot]};
  }
  if (count != carried_) make_groups(fresh, count, chunks.data(), groups);
  return 0;
}

void ChunkSelector::add_place(const CaptureJob& job, const LoadedJob& loaded, std::size_t slot) {
  PartitionRecords& records = partitions_[job.partition];
  const Place place = job.places[slot];
  if (place.mask == 0) return;  // nothing of it could be read
  if (loaded.is_zero[slot]) {
    records.add_zero(place);
    counts_.zero_chunks++;
    return;
  }
  records.add_data(place, loaded.digests[slot]);
  if (is_new(loaded.digests[slot])) {
    counts_.new_chunks++;
  } else {
    counts_.reused_chunks++;
  }
}

// The chunks carried so far go right before the first slot; whole groups are cut off, the rest is
// carried.
void ChunkSelector::make_groups(Fresh& fresh, std::size_t count, std::byte* before_slots,
                                std::vector<ChunkGroup>& groups) {
  std::byte* carried = before_slots - carried_ * chunk_size;
  std::memcpy(carried, carry_.data(), carried_ * chunk_size);
  for (std::size_t i = 0; i < carried_; i++) {
    fresh[i] = {.bytes = carried + i * chunk_size, .digest = carried_digests_[i]};
  }
  std::size_t first = 0;
  for (; first + frame_cap <= count; first += frame_cap) {
    ChunkGroup& group = groups.emplace_back();
    for (std::size_t i = 0; i < frame_cap; i++) {
      group.chunks[i] = fresh[first + i].bytes;
      group.digests[i] = fresh[first + i].digest;
    }
  }
  carried_ = count - first;
  for (std::size_t i = 0; i < carried_; i++) {
    std::memcpy(carry_.data() + i * chunk_size, fresh[first + i].bytes, chunk_size);
    carried_digests_[i] = fresh[first + i].digest;
  }
}

CaptureResult ChunkSelector::finish() {
  CaptureResult result = std::move(counts_);
  for (PartitionRecords& records : partitions_) result.partitions.push_back(records.finish());
  result.new_digests = new_digests_;
  return result;
}

}  // namespace nacre::pipeline
