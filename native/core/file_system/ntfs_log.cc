// Restart page, little-endian: 0 "RSTR" (or "CHKD" after chkdsk), 4 and 6 update sequence, 16 page
// size u32, 24 restart area offset u16, 26 minor u16, 28 major u16. Restart area: 0 current LSN
// u64, 12 first client in use u16 (FFFF = none), 14 flags u16 (bit 1: volume is clean). Two pages,
// the second one page size behind.
#include "core/file_system/ntfs_log.h"

#include <algorithm>

namespace nacre {
namespace {

constexpr std::uint64_t largest_page = 65536;
constexpr std::uint32_t no_client = 0xffff;
constexpr std::uint32_t flag_clean = 0x2;

struct RestartPage {
  std::uint64_t lsn;
  std::uint32_t major;
  bool is_closed;
};

std::optional<RestartPage> parse_restart_page(NtfsVolume& volume, const NtfsStream& log,
                                              std::uint64_t offset) {
  const char* const field = "NTFS $LogFile: restart page";
  try {
    const std::vector<std::byte> header = volume.read(log, offset, 512);
    if (!has_text(header, 0, "RSTR") && !has_text(header, 0, "CHKD")) return std::nullopt;
    const auto page_bytes = little_endian<std::uint32_t>(header, 16, field);
    if (!is_power_of_two(page_bytes) || page_bytes < 512 || page_bytes > largest_page) {
      return std::nullopt;
    }
    std::vector<std::byte> page = volume.read(log, offset, page_bytes);
    apply_ntfs_fixups(page, field);
    const std::size_t area = little_endian<std::uint16_t>(page, 24, field);
    const Bytes restart = slice(page, area, 16, field);
    const bool has_client = little_endian<std::uint16_t>(restart, 12, field) != no_client;
    const bool is_clean = (little_endian<std::uint16_t>(restart, 14, field) & flag_clean) != 0;
    return RestartPage{little_endian<std::uint64_t>(restart, 0, field),
                       little_endian<std::uint16_t>(page, 28, field), is_clean || !has_client};
  } catch (const FormatError&) {
    // A torn page is what the other copy is for.
    return std::nullopt;
  }
}

bool is_filled_with_ones(NtfsVolume& volume, const NtfsStream& log, std::uint64_t offset) {
  const std::vector<std::byte> bytes = volume.read(log, offset, 512);
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte value) { return value == std::byte{0xff}; });
}

}  // namespace

NtfsLogState ntfs_log_state(NtfsVolume& volume) {
  const auto log = volume.stream(NtfsVolume::log_file, NtfsAttributeType::data, "");
  if (!log) throw FormatError("NTFS $LogFile: no data");
  volume.require_solid(*log);
  std::optional<RestartPage> newest;
  bool is_empty = true;
  std::uint64_t offset = 0;
  while (offset <= largest_page && log->size >= 512 && offset <= log->size - 512) {
    is_empty = is_empty && is_filled_with_ones(volume, *log, offset);
    const auto page = parse_restart_page(volume, *log, offset);
    if (page && (!newest || page->lsn > newest->lsn)) newest = page;
    offset = offset == 0 ? 512 : offset * 2;
  }
  if (!newest) return is_empty ? NtfsLogState::closed : NtfsLogState::open;
  if (newest->major >= 2) return NtfsLogState::fast_start;
  return newest->is_closed ? NtfsLogState::closed : NtfsLogState::open;
}

}  // namespace nacre
