// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "ntfs/ext_library.h"
#include "ntfs/store_bridge.h"

namespace nacre::files {

/// The channels of libext2fs onto a bridge. The library hands a manager's `open` only a name, so
/// that one volume can be open at a time. `bridge` must outlive the channel.
[[nodiscard]] io_manager ext_store_manager(StoreBridge& bridge);

}  // namespace nacre::files
