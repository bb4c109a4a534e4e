#include "core/pipeline/capture/partition_map.h"

namespace nacre::pipeline {

std::uint64_t PartitionMap::used_chunks() const {
  if (!blocks_) return chunk_count();
  std::uint64_t count = 0;
  for (std::uint64_t chunk = next_used_chunk(0); chunk < chunk_count();
       chunk = next_used_chunk(chunk + 1)) {
    count++;
  }
  return count;
}

}  // namespace nacre::pipeline
