#pragma once

#include <cstdint>

#include "core/bytes.h"

namespace nacre {

/// CRC-32 of GPT headers and entries (UEFI 2.10 section 5.3.2): polynomial 04C11DB7h, reflected.
[[nodiscard]] std::uint32_t crc32(Bytes bytes);

}  // namespace nacre
