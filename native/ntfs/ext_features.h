// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "ntfs/ext_library.h"

namespace nacre::files {

/// Names of the features of a volume whose rules would not be kept when files change; empty when
/// there is none.
[[nodiscard]] std::string features_in_the_way(const ext2_super_block& superblock);

}  // namespace nacre::files
