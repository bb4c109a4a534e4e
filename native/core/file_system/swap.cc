// Swap header (mkswap(8), kernel include/linux/swap.h): in the first page, whose size is that of
// the machine that made it; the magic is in the page's last 10 bytes.
//   1024 version u32, 1028 last page u32, 1032 bad pages u32, 1036 UUID 16, 1052 label 16
// Numbers have the byte order of that machine. A hibernated kernel replaces the magic.
#include "core/file_system/swap.h"

#include <array>

#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

constexpr std::array<std::size_t, 5> page_sizes{4096, 8192, 16384, 32768, 65536};
constexpr std::size_t magic_length = 10;

struct SwapHeader {
  std::size_t page_size;
  bool is_hibernated;
  std::vector<std::byte> page;
};

std::optional<SwapHeader> read_header(const BlockReader& partition) {
  MetadataReader reader(partition);
  for (const std::size_t page_size : page_sizes) {
    if (page_size > partition.size()) break;
    std::vector<std::byte> page = reader.read(0, page_size, "swap header");
    const std::size_t at = page_size - magic_length;
    if (has_text(page, at, "SWAPSPACE2")) return SwapHeader{page_size, false, std::move(page)};
    for (const char* magic : {"S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "LINHIB0001"}) {
      if (has_text(page, at, magic)) return SwapHeader{page_size, true, std::move(page)};
    }
  }
  return std::nullopt;
}

void check_header(const SwapHeader& header, std::uint64_t partition_size, VolumeReport& report) {
  const bool is_big_endian = big_endian<std::uint32_t>(header.page, 1024, "swap version") == 1;
  const auto number = [&](std::size_t offset, const char* field) {
    return is_big_endian ? big_endian<std::uint32_t>(header.page, offset, field)
                         : little_endian<std::uint32_t>(header.page, offset, field);
  };
  if (number(1024, "swap version") != 1) throw FormatError("swap header: version");
  const std::uint64_t last_page = number(1028, "swap last page");
  if (last_page == 0) throw FormatError("swap header: last page");
  report.volume_bytes = (last_page + 1) * header.page_size;
  if (report.volume_bytes > partition_size) throw FormatError("swap header: larger than partition");
}

}  // namespace

std::optional<VolumeReport> probe_swap(const BlockReader& partition) {
  const std::optional<SwapHeader> header = read_header(partition);
  if (!header) return std::nullopt;
  VolumeReport report;
  report.type = FileSystemType::swap;
  report.cluster_bytes = header->page_size;
  report.uuid = uuid_text(slice(header->page, 1036, 16, "swap UUID"));
  report.label = text_field(slice(header->page, 1052, 16, "swap label"));
  try {
    check_header(*header, partition.size(), report);
  } catch (const FormatError& error) {
    report.state = VolumeState::damaged;
    report.reason = error.what();
    return report;
  }
  if (header->is_hibernated) {
    report.state = VolumeState::hibernated;
    report.reason = "a Linux system is hibernated in this swap area";
  }
  return report;
}

void mark_swap(const BlockReader& partition, UsedBlocks& used) {
  const std::optional<SwapHeader> header = read_header(partition);
  if (!header) throw FormatError("swap header: magic");
  used.mark(0, header->page_size);
}

}  // namespace nacre
