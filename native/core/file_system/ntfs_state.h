#pragma once

#include "core/file_system/file_system.h"
#include "core/file_system/ntfs_volume.h"

namespace nacre {

/// Fills in label, state and reason from $Volume, $LogFile and a hiberfil.sys in the root
/// directory, judged as ntfs-3g judges them before a writing mount; flags of $Volume as Linux
/// drivers do. @throws FormatError when one of them cannot be read, or when $MFTMirr does not hold
/// the first records of $MFT.
void read_ntfs_state(NtfsVolume& volume, VolumeReport& report);

}  // namespace nacre
