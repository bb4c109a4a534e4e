// What every unit test includes: scripts/native.mk compiles it once. A file still names what it
// needs.
#pragma once

#include <gtest/gtest.h>

#include "standard_library.h"
