#include "core/partition_table/crc32.h"

#include <array>

namespace nacre {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t index = 0; index < table.size(); index++) {
    std::uint32_t value = index;
    for (int bit = 0; bit < 8; bit++) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    }
    table[index] = value;
  }
  return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32(Bytes bytes) {
  std::uint32_t value = 0xffffffffU;
  for (const std::byte byte : bytes) {
    value = (value >> 8U) ^ table[(value ^ std::to_integer<std::uint32_t>(byte)) & 0xffU];
  }
  return ~value;
}

}  // namespace nacre
