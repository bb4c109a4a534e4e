#include "core/pipeline/capture/partition_records.h"

#include <limits>

namespace nacre::pipeline {
namespace {

constexpr std::uint16_t zero_kind = 1;
constexpr std::uint16_t masked_kind = 2;

}  // namespace

PartitionRecords::PartitionRecords(std::uint64_t partition_size, std::uint64_t used_chunks)
    : partition_size_(partition_size),
      runs_(std::make_shared<RecordArray>(used_chunks * run_record_size)),
      masks_(std::make_shared<RecordArray>(used_chunks * mask_record_size)),
      digests_(std::make_shared<RecordArray>(used_chunks * digest_size)) {}

bool PartitionRecords::extends_last_run(std::uint64_t chunk, std::uint16_t kind) const {
  return run_count_ != 0 && run_kind_ == kind && run_first_ + run_count_ == chunk &&
         run_count_ != std::numeric_limits<std::uint32_t>::max();
}

void PartitionRecords::add(Place place, bool is_zero) {
  const bool is_masked = place.mask != reach_mask(partition_size_, place.chunk);
  const auto kind =
      static_cast<std::uint16_t>((is_zero ? zero_kind : 0U) | (is_masked ? masked_kind : 0U));
  if (extends_last_run(place.chunk, kind)) {
    run_count_++;
  } else {
    run_first_ = place.chunk;
    run_count_ = 1;
    run_kind_ = kind;
    const MutableBytes record = runs_->append(run_record_size);
    put_little_endian(record, 0, run_first_);
    put_little_endian(record, 12, run_kind_);
  }
  put_little_endian(runs_->mutable_bytes().last(run_record_size), 8, run_count_);
  if (is_masked) put_little_endian(masks_->append(mask_record_size), 0, place.mask);
  used_bytes_ += used_bytes(partition_size_, place);
}

void PartitionRecords::add_data(Place place, const Digest& digest) {
  add(place, false);
  digests_->append(Bytes(digest));
}

void PartitionRecords::add_gap(Range gap) {
  if (!gaps_.empty() && gaps_.back().offset + gaps_.back().length == gap.offset) {
    gaps_.back().length += gap.length;
  } else {
    gaps_.push_back(gap);
  }
}

CapturedPartition PartitionRecords::finish() {
  return {.used_bytes = used_bytes_,
          .runs = std::move(runs_),
          .masks = std::move(masks_),
          .digests = std::move(digests_),
          .gaps = std::move(gaps_)};
}

}  // namespace nacre::pipeline
