#include "core/file_system/crc32c.h"

#include <array>

namespace nacre {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); i++) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    table[i] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

}  // namespace

std::uint32_t crc32c(std::uint32_t seed, Bytes bytes) {
  std::uint32_t value = seed;
  for (const std::byte byte : bytes) {
    value = (value >> 8U) ^ table[(value ^ std::to_integer<std::uint32_t>(byte)) & 0xffU];
  }
  return value;
}

}  // namespace nacre
