#include "core/fat/name.h"

#include <algorithm>

#include "core/error.h"

namespace nacre::fat {
namespace {

constexpr std::string_view refused = "\"*/:<>?\\|";
// Allowed in short names beside letters and digits.
constexpr std::string_view short_signs = "!#$%&'()-@^_`{}~";
constexpr std::uint32_t max_alias = 999999;

CodedError invalid(std::string_view name, const char* reason) {
  return {"FAT_NAME_INVALID", {{"name", std::string(name)}, {"reason", reason}}};
}

/// Takes the next code point off `rest`.
char32_t next_code_point(std::string_view& rest, std::string_view name) {
  const auto lead = static_cast<unsigned char>(rest.front());
  if (lead < 0x80) {
    rest.remove_prefix(1);
    return lead;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || rest.size() < length) throw invalid(name, "not UTF-8");
  char32_t point = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; i++) {
    const auto next = static_cast<unsigned char>(rest[i]);
    if ((next & 0xc0U) != 0x80) throw invalid(name, "not UTF-8");
    point = point << 6U | (next & 0x3fU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < least.at(length) || point > 0x10ffff || is_surrogate)
    throw invalid(name, "not UTF-8");
  rest.remove_prefix(length);
  return point;
}

void append(std::string& text, char32_t point) {
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xc0 | point >> 6U);
    add(0x80 | (point & 0x3fU));
  } else if (point < 0x10000) {
    add(0xe0 | point >> 12U);
    add(0x80 | (point >> 6U & 0x3fU));
    add(0x80 | (point & 0x3fU));
  } else {
    add(0xf0 | point >> 18U);
    add(0x80 | (point >> 12U & 0x3fU));
    add(0x80 | (point >> 6U & 0x3fU));
    add(0x80 | (point & 0x3fU));
  }
}

bool is_between(char16_t unit, char16_t first, char16_t last) {
  return unit >= first && unit <= last;
}

// Letters whose capital is `distance` before them, in one block of the alphabet.
struct Shift {
  char16_t first;
  char16_t last;
  char16_t distance;
};
constexpr std::array shifts{
    Shift{u'a', u'z', 0x20},   Shift{0xe0, 0xf6, 0x20},   Shift{0xf8, 0xfe, 0x20},
    Shift{0x3b1, 0x3c1, 0x20}, Shift{0x3c3, 0x3cb, 0x20}, Shift{0x430, 0x44f, 0x20},
    Shift{0x450, 0x45f, 0x50}, Shift{0x561, 0x586, 0x30}, Shift{0xff41, 0xff5a, 0x20},
};

// Blocks in which capitals and small letters take turns; `odd_is_small` where the capital is even.
struct Alternation {
  char16_t first;
  char16_t last;
  bool odd_is_small;
};
constexpr std::array alternations{
    Alternation{0x100, 0x12f, true},   Alternation{0x132, 0x137, true},
    Alternation{0x139, 0x148, false},  Alternation{0x14a, 0x177, true},
    Alternation{0x179, 0x17e, false},  Alternation{0x460, 0x481, true},
    Alternation{0x48a, 0x4bf, true},   Alternation{0x4c1, 0x4ce, false},
    Alternation{0x4d0, 0x52f, true},   Alternation{0x1e00, 0x1e95, true},
    Alternation{0x1ea0, 0x1eff, true},
};

char16_t upper(char16_t unit) {
  for (const Shift& shift : shifts) {
    if (is_between(unit, shift.first, shift.last))
      return static_cast<char16_t>(unit - shift.distance);
  }
  for (const Alternation& block : alternations) {
    if (!is_between(unit, block.first, block.last)) continue;
    const bool is_small = (unit % 2 == 1) == block.odd_is_small;
    return static_cast<char16_t>(is_small ? unit - 1 : unit);
  }
  return unit == 0xff ? char16_t{0x178} : unit;
}

bool is_short_unit(char16_t unit) {
  if (is_between(unit, u'A', u'Z') || is_between(unit, u'0', u'9')) return true;
  return unit < 0x80 && short_signs.find(static_cast<char>(unit)) != std::string_view::npos;
}

// One part of a short name: capitals, with everything that cannot stand there replaced.
std::string short_part(std::u16string_view part, std::size_t limit) {
  std::string text;
  for (const char16_t unit : part) {
    if (unit == u' ' || unit == u'.') continue;
    // The second half of a pair is no character of its own.
    if (is_between(unit, 0xdc00, 0xdfff)) continue;
    const char16_t capital = unit < 0x80 ? upper(unit) : unit;
    text += is_short_unit(capital) ? static_cast<char>(capital) : '_';
    if (text.size() == limit) break;
  }
  return text;
}

ShortName join(std::string_view base, std::string_view extension) {
  ShortName name{};
  name.fill(' ');
  std::copy(base.begin(), base.end(), name.begin());
  std::copy(extension.begin(), extension.end(), name.begin() + 8);
  return name;
}

struct Parts {
  std::u16string_view base;
  std::u16string_view extension;
};

Parts split(std::u16string_view name) {
  const std::size_t dot = name.rfind(u'.');
  if (dot == std::u16string_view::npos || dot == 0) return {name, {}};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

}  // namespace

LongName parse_name(std::string_view utf8) {
  if (utf8.empty()) throw invalid(utf8, "empty");
  LongName name;
  for (std::string_view rest = utf8; !rest.empty();) {
    const char32_t point = next_code_point(rest, utf8);
    if (point < 0x20) throw invalid(utf8, "control character");
    if (point < 0x80 && refused.find(static_cast<char>(point)) != std::string_view::npos) {
      throw invalid(utf8, "a character that FAT does not allow");
    }
    if (point < 0x10000) {
      name += static_cast<char16_t>(point);
    } else {
      name += static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10U));
      name += static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ffU));
    }
    if (name.size() > max_name_units) throw invalid(utf8, "longer than 255 UTF-16 units");
  }
  if (name.back() == u'.' || name.back() == u' ') throw invalid(utf8, "a dot or blank at the end");
  return name;
}

std::string utf8_of(const LongName& name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); i++) {
    const char16_t unit = name[i];
    const bool is_pair = is_between(unit, 0xd800, 0xdbff) && i + 1 < name.size() &&
                         is_between(name[i + 1], 0xdc00, 0xdfff);
    if (is_pair) {
      const char32_t high = unit - 0xd800U;
      append(text, 0x10000 + (high << 10U) + (name[++i] - 0xdc00U));
    } else {
      append(text, is_between(unit, 0xd800, 0xdfff) ? char32_t{0xfffd} : char32_t{unit});
    }
  }
  return text;
}

bool same_name(const LongName& left, const LongName& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char16_t a, char16_t b) { return upper(a) == upper(b); });
}

bool is_short_name(const LongName& name) {
  const auto [base, extension] = split(name);
  if (base.empty() || base.size() > 8 || extension.size() > 3) return false;
  return std::all_of(base.begin(), base.end(), is_short_unit) &&
         std::all_of(extension.begin(), extension.end(), is_short_unit);
}

ShortName short_name_for(const LongName& name, const std::set<ShortName>& taken) {
  const auto [base, extension] = split(name);
  const std::string short_extension = short_part(extension, 3);
  if (is_short_name(name)) {
    const ShortName own = join(short_part(base, 8), short_extension);
    if (!taken.contains(own)) return own;
  }
  std::string stem = short_part(base, 8);
  if (stem.empty()) stem = "_";
  for (std::uint32_t number = 1; number <= max_alias; number++) {
    const std::string tail = "~" + std::to_string(number);
    const ShortName alias = join(stem.substr(0, 8 - tail.size()) + tail, short_extension);
    if (!taken.contains(alias)) return alias;
  }
  throw CodedError("FAT_DIRECTORY_FULL", {{"path", utf8_of(name)}});
}

LongName long_name_of(const ShortName& name) {
  const auto part = [&](std::size_t from, std::size_t length) {
    LongName text;
    for (std::size_t i = from; i < from + length; i++) {
      const auto byte = static_cast<unsigned char>(name.at(i));
      text += byte < 0x80 ? static_cast<char16_t>(byte) : char16_t{0xfffd};
    }
    while (!text.empty() && text.back() == u' ') text.pop_back();
    return text;
  };
  const LongName extension = part(8, 3);
  return extension.empty() ? part(0, 8) : part(0, 8) + u'.' + extension;
}

std::uint8_t checksum_of(const ShortName& name) {
  std::uint32_t sum = 0;
  for (const char c : name) {
    sum = ((sum & 1U) << 7U) + (sum >> 1U) + static_cast<unsigned char>(c);
    sum &= 0xffU;
  }
  return static_cast<std::uint8_t>(sum);
}

}  // namespace nacre::fat
