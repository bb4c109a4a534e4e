#include <cctype>

#include "core/partition_table/table.h"

namespace nacre {
namespace {

// Place in the 16 bytes of each pair of digits of the text.
constexpr std::array<std::size_t, 16> byte_order = {3, 2, 1,  0,  5,  4,  7,  6,
                                                    8, 9, 10, 11, 12, 13, 14, 15};
constexpr std::string_view digits = "0123456789abcdef";

bool has_dash_before(std::size_t pair) { return pair == 4 || pair == 6 || pair == 8 || pair == 10; }

unsigned digit_value(char letter) {
  const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  const std::size_t value = digits.find(lower);
  if (value == std::string_view::npos) throw FormatError("GUID");
  return static_cast<unsigned>(value);
}

}  // namespace

std::string guid_text(const Guid& guid) {
  std::string text;
  for (std::size_t pair = 0; pair < guid.size(); pair++) {
    if (has_dash_before(pair)) text += '-';
    const auto value = std::to_integer<std::size_t>(guid[byte_order[pair]]);
    text += digits[value >> 4U];
    text += digits[value & 15U];
  }
  return text;
}

Guid parse_guid(std::string_view text) {
  if (text.size() != 36) throw FormatError("GUID");
  Guid guid{};
  std::size_t at = 0;
  for (std::size_t pair = 0; pair < guid.size(); pair++) {
    if (has_dash_before(pair) && text[at++] != '-') throw FormatError("GUID");
    const unsigned high = digit_value(text[at++]);
    guid[byte_order[pair]] = static_cast<std::byte>(high << 4U | digit_value(text[at++]));
  }
  return guid;
}

}  // namespace nacre
