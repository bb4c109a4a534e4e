#pragma once

#include <cstdint>
#include <vector>

#include "core/device.h"
#include "core/pipeline/target/image_view.h"
#include "core/pipeline/target/target_plan.h"

namespace nacre::pipeline {

/// Fills the slots of `buffer` with what the target holds in the used blocks of the job, zero
/// elsewhere and in holes. @returns false when nothing was read or filled because all of it is one
/// hole.
[[nodiscard]] bool read_target(const Device& device, PartitionWindow window, const TargetJob& job,
                               MutableBytes buffer);

/// The used blocks of a place in which `target` and `image` (65,536 bytes each) differ.
[[nodiscard]] std::uint16_t differing_blocks(std::uint64_t partition_size, Place place,
                                             Bytes target, Bytes image);
/// The used blocks of a place that are not zero in `chunk`.
[[nodiscard]] std::uint16_t nonzero_blocks(std::uint64_t partition_size, Place place, Bytes chunk);

/// Puts the `placed` bytes of all fields that touch used blocks of `place` over the image's
/// `captured` ones.
/// @throws FormatError when the image holds anything else there.
void place_fields(const std::vector<PlacedField>& fields, Place place, MutableBytes chunk);
/// The other way round, for a comparison: what is `placed` on the disk counts as `captured`.
void unplace_fields(const std::vector<PlacedField>& fields, Place place, MutableBytes chunk);

}  // namespace nacre::pipeline
