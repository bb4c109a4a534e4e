// $VOLUME_INFORMATION: 8 major u8, 9 minor u8, 10 flags u16.
#include "core/file_system/ntfs_state.h"

#include <algorithm>
#include <array>

#include "core/file_system/ntfs_hibernation.h"
#include "core/file_system/ntfs_log.h"

namespace nacre {
namespace {

struct VolumeFlag {
  std::uint32_t bit;
  const char* reason;
};

// What Windows has left to do at its next mount, most telling first: the flags for which a Linux
// driver mounts read-only at most. 0x8 (mounted by NT 4) and the ones without a known meaning say
// nothing about the metadata.
constexpr std::array<VolumeFlag, 7> unfinished{{
    {0x0001, "dirty flag of $Volume"},
    {0x4000, "chkdsk was interrupted (flag of $Volume)"},
    {0x8000, "no Windows has mounted it since chkdsk (flag of $Volume)"},
    {0x0002, "$LogFile is to be resized (flag of $Volume)"},
    {0x0004, "an upgrade of NTFS is to be made (flag of $Volume)"},
    {0x0010, "the USN journal is being deleted (flag of $Volume)"},
    {0x0020, "object IDs are to be repaired (flag of $Volume)"},
}};

void set_state(VolumeReport& report, VolumeState state, const char* reason) {
  report.state = state;
  report.reason = reason;
}

void read_volume_file(NtfsVolume& volume, VolumeReport& report) {
  const auto name = volume.stream(NtfsVolume::volume_file, NtfsAttributeType::volume_name, "");
  if (name && name->is_resident) report.label = utf8_of_utf16(name->resident);
  const auto information =
      volume.stream(NtfsVolume::volume_file, NtfsAttributeType::volume_information, "");
  if (!information) throw FormatError("NTFS $Volume: no volume information");
  const std::uint32_t major =
      little_endian<std::uint8_t>(information->resident, 8, "NTFS $Volume: version");
  const std::uint32_t flags =
      little_endian<std::uint16_t>(information->resident, 10, "NTFS $Volume: flags");
  if (major != 1 && major != 3) {
    return set_state(report, VolumeState::unsupported, "NTFS version is neither 1 nor 3");
  }
  const auto* const flag =
      std::find_if(unfinished.begin(), unfinished.end(),
                   [&](const VolumeFlag& candidate) { return (flags & candidate.bit) != 0; });
  if (flag != unfinished.end()) set_state(report, VolumeState::dirty, flag->reason);
}

/// The bytes in use of a record after its fixups: 24 length u32.
Bytes content_of(Bytes record) {
  const char* const field = "NTFS record: length";
  return slice(record, 0, little_endian<std::uint32_t>(record, 24, field), field);
}

// A driver writes both or dies between them; ntfs-3g mounts nothing with a difference.
void check_mirror(NtfsVolume& volume) {
  const auto mirror = volume.stream(NtfsVolume::mirror_file, NtfsAttributeType::data, "");
  if (!mirror) throw FormatError("NTFS $MFTMirr: no data");
  for (std::uint64_t number = 0; number < 4; number++) {
    const std::uint32_t length = volume.boot().record_bytes;
    const std::vector<std::byte> record = volume.record(number);
    std::vector<std::byte> copy = volume.read(*mirror, number * length, length);
    apply_ntfs_fixups(copy, "NTFS $MFTMirr: update sequence");
    const Bytes content = content_of(record);
    if (!std::equal(content.begin(), content.end(), copy.begin())) {
      throw FormatError("NTFS $MFTMirr: record " + std::to_string(number) + " is not that of $MFT");
    }
  }
}

}  // namespace

void read_ntfs_state(NtfsVolume& volume, VolumeReport& report) {
  read_volume_file(volume, report);
  if (report.state == VolumeState::unsupported) return;
  switch (ntfs_log_state(volume)) {
    case NtfsLogState::closed:
      break;
    case NtfsLogState::open:
      set_state(report, VolumeState::journal, "$LogFile was not closed");
      break;
    case NtfsLogState::fast_start:
      set_state(report, VolumeState::hibernated, "fast start-up ($LogFile version 2.0)");
      break;
  }
  if (is_ntfs_hibernated(volume)) {
    set_state(report, VolumeState::hibernated, "Windows is hibernated (hiberfil.sys)");
  }
  if (report.state == VolumeState::clean) check_mirror(volume);
}

}  // namespace nacre
