// SPDX-License-Identifier: GPL-2.0-or-later
// The headers of libntfs-3g. They are C, want <ctime> and <sys/stat.h> before them, and define min
// and max.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

extern "C" {
#include <ntfs-3g/volume.h>
// What follows uses types of volume.h.
#include <ntfs-3g/acls.h>
#include <ntfs-3g/attrib.h>
#include <ntfs-3g/device.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/logging.h>
#include <ntfs-3g/ntfstime.h>
#include <ntfs-3g/security.h>
#include <ntfs-3g/unistr.h>
}
#undef min
#undef max
