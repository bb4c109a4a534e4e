// The log is a ring of 512-byte blocks. The first word of each is the cycle in which it was
// written; a record header has FEEDBABE there and the cycle in the second word. Header, big-endian:
// 8 version u32, 12 length u32 of the data after it, 40 operations u32, 320 buffer size u32
// (version 2). An operation header has its flags at byte 9.
#include "core/file_system/xfs_log.h"

#include <algorithm>

namespace nacre {
namespace {

constexpr std::uint64_t log_block = 512;
constexpr std::uint32_t record_magic = 0xfeedbabe;
constexpr std::uint32_t unmount_flag = 0x20;
// One header covers 32 KiB of data; an unmount record is one stripe unit (256 KiB) at most.
constexpr std::uint32_t header_covers = 32768;
constexpr std::uint64_t longest_unmount_record = (std::uint64_t{256} << 10U) / log_block + 16;

class XfsLog {
 public:
  XfsLog(MetadataReader& reader, const XfsSuperblock& super)
      : reader_(reader), offset_(super.log_offset), blocks_(super.log_bytes / log_block) {}

  [[nodiscard]] bool is_clean() {
    if (blocks_ < 2) return false;
    const std::uint32_t first = cycle(0);
    if (first == 0) return cycle(blocks_ - 1) == 0;
    const std::uint32_t last = cycle(blocks_ - 1);
    // The head is where the ring's newest cycle ends: what follows is one cycle older, or still
    // zero.
    std::uint64_t head = blocks_;
    if (last != first) {
      const bool is_ring = last == 0 ? first == 1 : last == first - 1;
      if (!is_ring) return false;
      head = first_block_of(last);
    }
    return ends_with_unmount(head);
  }

 private:
  [[nodiscard]] std::vector<std::byte> block(std::uint64_t number) {
    return reader_.read(offset_ + number % blocks_ * log_block, log_block, "XFS log");
  }

  [[nodiscard]] std::uint32_t cycle(std::uint64_t number) {
    const std::vector<std::byte> bytes = block(number);
    const auto word = big_endian<std::uint32_t>(bytes, 0, "XFS log");
    return word == record_magic ? big_endian<std::uint32_t>(bytes, 4, "XFS log") : word;
  }

  /// Binary search: blocks before the head have another cycle than `wanted`, all from it on have
  /// it.
  [[nodiscard]] std::uint64_t first_block_of(std::uint32_t wanted) {
    std::uint64_t low = 0;
    std::uint64_t high = blocks_ - 1;
    while (high - low > 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      (cycle(middle) == wanted ? high : low) = middle;
    }
    return high;
  }

  [[nodiscard]] bool ends_with_unmount(std::uint64_t head) {
    const std::uint64_t reach = std::min(longest_unmount_record, blocks_ - 1);
    for (std::uint64_t back = 1; back <= reach; back++) {
      const std::uint64_t at = head + blocks_ - back;
      const std::vector<std::byte> header = block(at);
      if (big_endian<std::uint32_t>(header, 0, "XFS log") != record_magic) continue;
      const std::uint64_t headers = header_blocks(header);
      const std::uint64_t length = big_endian<std::uint32_t>(header, 12, "XFS log record");
      const std::uint64_t record = headers + (length + log_block - 1) / log_block;
      if (record != back || length == 0) return false;
      if (big_endian<std::uint32_t>(header, 40, "XFS log record") != 1) return false;
      const std::vector<std::byte> operation = block(at + headers);
      return (std::to_integer<std::uint32_t>(operation[9]) & unmount_flag) != 0;
    }
    return false;
  }

  [[nodiscard]] static std::uint64_t header_blocks(Bytes header) {
    if ((big_endian<std::uint32_t>(header, 8, "XFS log record") & 2U) == 0) return 1;
    const std::uint64_t size = big_endian<std::uint32_t>(header, 320, "XFS log record");
    return std::max<std::uint64_t>(1, (size + header_covers - 1) / header_covers);
  }

  MetadataReader& reader_;
  std::uint64_t offset_;
  std::uint64_t blocks_;
};

}  // namespace

bool is_xfs_log_clean(MetadataReader& reader, const XfsSuperblock& super) {
  return XfsLog(reader, super).is_clean();
}

}  // namespace nacre
