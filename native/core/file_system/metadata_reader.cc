#include "core/file_system/metadata_reader.h"

#include <algorithm>
#include <cstring>

namespace nacre {
namespace {

void append_utf8(std::string& text, std::uint32_t point) {
  const auto put = [&text](std::uint32_t value) { text.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0U | (point >> 6U));
    put(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    put(0xe0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 0x3fU));
    put(0x80U | (point & 0x3fU));
  } else {
    put(0xf0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 0x3fU));
    put(0x80U | ((point >> 6U) & 0x3fU));
    put(0x80U | (point & 0x3fU));
  }
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

}  // namespace

std::vector<std::byte> MetadataReader::read(std::uint64_t offset, std::size_t length,
                                            const char* field) {
  if (length > max_length || offset > size() || length > size() - offset) throw FormatError(field);
  const std::uint64_t piece_end = piece_offset_ + piece_.size();
  if (offset < piece_offset_ || offset + length > piece_end) {
    if (length >= piece_length) {
      std::vector<std::byte> bytes(length);
      partition_.read(offset, bytes);
      return bytes;
    }
    const std::uint64_t start = offset / 4096 * 4096;
    const std::uint64_t wanted = std::max<std::uint64_t>(piece_length, offset - start + length);
    piece_.resize(static_cast<std::size_t>(std::min(wanted, size() - start)));
    piece_offset_ = start;
    try {
      partition_.read(start, piece_);
    } catch (...) {
      piece_.clear();
      throw;
    }
  }
  const auto first = piece_.begin() + static_cast<std::ptrdiff_t>(offset - piece_offset_);
  return {first, first + static_cast<std::ptrdiff_t>(length)};
}

bool has_text(Bytes bytes, std::size_t offset, const char* text) {
  const std::size_t length = std::strlen(text);
  return offset <= bytes.size() && length <= bytes.size() - offset &&
         std::memcmp(bytes.data() + offset, text, length) == 0;
}

std::string text_field(Bytes field) {
  std::string text;
  for (const std::byte value : field) {
    if (value == std::byte{0}) break;
    text.push_back(static_cast<char>(value));
  }
  return text;
}

std::string utf8_of_utf16(Bytes field) {
  std::string text;
  for (std::size_t i = 0; i + 1 < field.size(); i += 2) {
    std::uint32_t unit = little_endian<std::uint16_t>(field, i, "UTF-16 text");
    if (is_high_surrogate(unit) && i + 3 < field.size()) {
      const std::uint32_t low = little_endian<std::uint16_t>(field, i + 2, "UTF-16 text");
      if (is_low_surrogate(low)) {
        unit = 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00);
        i += 2;
      }
    }
    if (unit == 0) break;
    append_utf8(text, is_high_surrogate(unit) || is_low_surrogate(unit) ? 0xfffd : unit);
  }
  return text;
}

std::string hex_text(std::uint64_t value, int digits, bool upper_case) {
  const char* const alphabet = upper_case ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  for (int digit = digits; digit-- > 0;) {
    text.push_back(alphabet[(value >> static_cast<unsigned>(4 * digit)) & 0xfU]);
  }
  return text;
}

std::string uuid_text(Bytes bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size() && i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text += hex_text(std::to_integer<std::uint64_t>(bytes[i]), 2, false);
  }
  return text;
}

}  // namespace nacre
