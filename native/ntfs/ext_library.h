// SPDX-License-Identifier: GPL-2.0-or-later
// The headers of libext2fs, which are C.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

extern "C" {
#include <et/com_err.h>
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2_io.h>
// What follows uses types of ext2_fs.h.
#include <ext2fs/ext2_err.h>
#include <ext2fs/ext2fs.h>
}
