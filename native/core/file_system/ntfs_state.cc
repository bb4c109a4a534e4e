// $VOLUME_INFORMATION: 8 major u8, 9 minor u8, 10 flags u16 (bit 0 dirty, bit 14 chkdsk under way).
#include "core/file_system/ntfs_state.h"

#include "core/file_system/ntfs_hibernation.h"
#include "core/file_system/ntfs_log.h"

namespace nacre {
namespace {

constexpr std::uint32_t flag_dirty = 0x0001;
constexpr std::uint32_t flag_chkdsk = 0x4000;

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
    set_state(report, VolumeState::unsupported, "NTFS version is neither 1 nor 3");
  } else if ((flags & flag_dirty) != 0) {
    set_state(report, VolumeState::dirty, "dirty flag of $Volume");
  } else if ((flags & flag_chkdsk) != 0) {
    set_state(report, VolumeState::dirty, "chkdsk was interrupted (flag of $Volume)");
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
}

}  // namespace nacre
