#pragma once

#include <string>

#include "core/bytes.h"

namespace nacre {

/// Bytes as lower-case hex, the way digests print.
[[nodiscard]] inline std::string hex(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    text += digits[value >> 4U];
    text += digits[value & 15U];
  }
  return text;
}

}  // namespace nacre
