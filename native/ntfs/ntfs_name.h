// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "ntfs/ntfs_library.h"

namespace nacre::files {

/// Little-endian UTF-16, as NTFS keeps names.
using NtfsName = std::basic_string<ntfschar>;

/// @throws CodedError VOLUME_NAME_INVALID for bytes that are no UTF-8, and above 255 units.
[[nodiscard]] NtfsName ntfs_name(const std::string& utf8);

/// As `ntfs_name` for a name that is made: also @throws for what Windows does not take in names.
[[nodiscard]] NtfsName new_ntfs_name(ntfs_volume* volume, const std::string& utf8);

/// UTF-8; an unpaired surrogate becomes U+FFFD.
[[nodiscard]] std::string utf8_name(const ntfschar* name, int length);

}  // namespace nacre::files
