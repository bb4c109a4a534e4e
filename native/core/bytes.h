#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/error.h"

namespace nacre {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// Little-endian number at `offset`. @throws FormatError naming `field` when the bytes end before
/// it does.
template <std::unsigned_integral T>
[[nodiscard]] T little_endian(Bytes bytes, std::size_t offset, const char* field) {
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) throw FormatError(field);
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) |
                           std::to_integer<std::uint64_t>(bytes[offset + i]));
  }
  return value;
}

/// Big-endian number at `offset`. @throws FormatError naming `field` when the bytes end before it
/// does.
template <std::unsigned_integral T>
[[nodiscard]] T big_endian(Bytes bytes, std::size_t offset, const char* field) {
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) throw FormatError(field);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); i++) {
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) |
                           std::to_integer<std::uint64_t>(bytes[offset + i]));
  }
  return value;
}

/// Stores `value` little-endian at `offset`; the caller sized the buffer.
template <std::unsigned_integral T>
void put_little_endian(MutableBytes bytes, std::size_t offset, T value) {
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) throw FormatError("buffer");
  for (std::size_t i = 0; i < sizeof(T); i++) {
    bytes[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8U * i));
  }
}

/// `length` bytes at `offset`. @throws FormatError naming `field` when they are not all there.
[[nodiscard]] inline Bytes slice(Bytes bytes, std::size_t offset, std::size_t length,
                                 const char* field) {
  if (offset > bytes.size() || length > bytes.size() - offset) throw FormatError(field);
  return bytes.subspan(offset, length);
}

[[nodiscard]] constexpr bool is_power_of_two(std::uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace nacre
