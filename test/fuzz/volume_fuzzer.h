#pragma once

#include <cstdlib>
#include <optional>

#include "core/file_system/file_system.h"
#include "core/file_system/probe.h"
#include "core/used_blocks.h"
#include "sparse_image.h"

namespace nacre {

/// Probes and maps one input as one file system. A probe never throws for what the bytes say, and
/// reports no place outside the partition; a map may be refused, and stays inside.
inline void fuzz_volume(const std::uint8_t* data, std::size_t size,
                        std::optional<VolumeReport> (*probe)(const BlockReader&),
                        void (*mark)(const BlockReader&, UsedBlocks&)) {
  const SparseImage image(Bytes(reinterpret_cast<const std::byte*>(data), size));
  const std::optional<VolumeReport> report = probe(image);
  UsedBlocks used(image.size());
  try {
    mark(image, used);
  } catch (const FormatError&) {
    return;
  }
  if (used.used_bytes() > image.size()) std::abort();
  if (!report || report->state == VolumeState::damaged) return;
  if (report->volume_bytes > image.size()) std::abort();
  if (minimum_bytes(*report, used) > image.size()) std::abort();
  for (const PositionalField& field : report->positional_fields) {
    if (field.offset + field.length > image.size()) std::abort();
  }
}

}  // namespace nacre
