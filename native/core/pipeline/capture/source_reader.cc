#include "core/pipeline/capture/source_reader.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/error.h"

namespace nacre::pipeline {
namespace {

// What a drive answers for a bad sector. A device that is gone (ENODEV, ENXIO) or a full memory is
// no gap.
bool is_bad_medium(int error) {
  return error == EIO || error == ENODATA || error == EILSEQ || error == EREMOTEIO;
}

/// What an image file has in memory already need not come from the disk again.
class WarmReader final : public BlockReader {
 public:
  explicit WarmReader(const Device& device) : device_(device) {}
  [[nodiscard]] std::uint64_t size() const override { return device_.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override {
    device_.read_warm(offset, target);
  }

 private:
  const Device& device_;
};

CodedError unreadable(const Device& device, std::uint32_t partition, std::uint64_t chunk,
                      std::uint64_t disk_offset, int error) {
  return {"IMAGE_SOURCE_UNREADABLE",
          {{"path", device.path()},
           {"partition", std::uint64_t{partition}},
           {"chunk", chunk},
           {"diskOffset", disk_offset},
           {"reason", std::generic_category().message(error)}}};
}

}  // namespace

std::vector<Range> SourceReader::read(std::uint32_t partition, PartitionWindow window,
                                      std::span<Place> places, MutableBytes buffer) const {
  try {
    read_places(WarmReader(device_), window, places, buffer);
    return {};
  } catch (const OsError&) {
    // Which block it was, only single blocks can tell.
    return read_blocks(partition, window, places, buffer);
  }
}

std::vector<Range> SourceReader::read_blocks(std::uint32_t partition, PartitionWindow window,
                                             std::span<Place> places, MutableBytes buffer) const {
  std::vector<Range> gaps;
  for (std::size_t slot = 0; slot < places.size(); slot++) {
    Place& place = places[slot];
    const std::size_t reached = chunk_bytes(window.size, place.chunk);
    for (unsigned block = 0; block < blocks_per_chunk; block++) {
      if ((place.mask >> block & 1U) == 0) continue;
      const std::size_t begin = block * block_size;
      const std::size_t length = std::min(block_size, reached - begin);
      const std::uint64_t in_partition = place.chunk * chunk_size + begin;
      try {
        device_.read(window.offset + in_partition,
                     buffer.subspan(slot * chunk_size + begin, length));
      } catch (const OsError& error) {
        if (!skip_bad_ || !is_bad_medium(error.error_number())) {
          throw unreadable(device_, partition, place.chunk, window.offset + in_partition,
                           error.error_number());
        }
        place.mask = static_cast<std::uint16_t>(place.mask & ~(1U << block));
        gaps.push_back({.offset = in_partition, .length = length});
      }
    }
  }
  clear_unused(window.size, places, buffer);
  return gaps;
}

}  // namespace nacre::pipeline
