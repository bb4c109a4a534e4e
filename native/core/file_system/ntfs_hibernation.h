#pragma once

#include "core/file_system/ntfs_volume.h"

namespace nacre {

/// True when hiberfil.sys in the root directory holds a sleeping Windows: its header says so, or it
/// is too short to have one, as on a volume that is not the hibernated system's own. @throws
/// FormatError
[[nodiscard]] bool is_ntfs_hibernated(NtfsVolume& volume);

}  // namespace nacre
