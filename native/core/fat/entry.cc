// Short entry, little-endian: 0 name, 11 attributes, 12 case bits (08h base, 10h extension in small
// letters), 13 tenths, 14 created time u16, 16 created date u16, 18 accessed date u16, 20 cluster
// high u16, 22 time u16, 24 date u16, 26 cluster low u16, 28 size u32. Long-name entry: 0 number
// (40h: the last part, which comes first), 1 units 1-5, 11 attributes 0Fh, 13 checksum, 14 units
// 6-11, 28 units 12-13. First byte E5h: free; 00h: free, and all behind it; 05h stands for E5h.
#include "core/fat/entry.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace nacre::fat {
namespace {

constexpr std::uint8_t free_mark = 0xe5;
constexpr std::uint8_t escaped_e5 = 0x05;
constexpr std::uint8_t last_part = 0x40;
constexpr std::size_t units_per_slot = 13;
constexpr std::array<std::size_t, units_per_slot> unit_offsets{1,  3,  5,  7,  9,  14, 16,
                                                               18, 20, 22, 24, 28, 30};

std::uint8_t byte_at(Bytes slot, std::size_t offset) {
  return std::to_integer<std::uint8_t>(slot[offset]);
}

/// Parts of a long name that were read so far.
class LongNameParts {
 public:
  void add(Bytes slot, std::size_t number) {
    const std::uint8_t order = byte_at(slot, 0);
    const std::size_t part = order & 0x3fU;
    if ((order & last_part) != 0) {
      clear();
      first_slot_ = number;
      checksum_ = byte_at(slot, 13);
      left_ = part;
      if (part == 0 || part > 20) left_.reset();
    } else if (!left_ || part != *left_ || byte_at(slot, 13) != checksum_) {
      left_.reset();
    }
    if (!left_) return;
    LongName text;
    for (const std::size_t offset : unit_offsets) {
      const auto unit = little_endian<std::uint16_t>(slot, offset, "FAT long name");
      if (unit == 0) break;
      text += static_cast<char16_t>(unit);
    }
    name_ = text + name_;
    (*left_)--;
  }
  /// The name, if it is whole and belongs to this short entry.
  [[nodiscard]] std::optional<LongName> of(const ShortName& name) const {
    const bool is_whole = left_ && *left_ == 0 && !name_.empty();
    if (!is_whole || checksum_of(name) != checksum_) return std::nullopt;
    return name_;
  }
  [[nodiscard]] std::size_t first_slot() const { return first_slot_; }
  void clear() {
    left_.reset();
    name_.clear();
  }

 private:
  LongName name_;
  std::optional<std::size_t> left_;
  std::size_t first_slot_ = 0;
  std::uint8_t checksum_ = 0;
};

ShortName short_name_of(Bytes slot) {
  ShortName name{};
  for (std::size_t i = 0; i < name.size(); i++) name.at(i) = static_cast<char>(byte_at(slot, i));
  if (byte_at(slot, 0) == escaped_e5) name[0] = static_cast<char>(free_mark);
  return name;
}

LongName with_case_bits(const ShortName& name, std::uint8_t bits) {
  ShortName shown = name;
  const auto lower = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; i++) {
      char& c = shown.at(i);
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 0x20);
    }
  };
  if ((bits & 0x08U) != 0) lower(0, 8);
  if ((bits & 0x10U) != 0) lower(8, 11);
  return long_name_of(shown);
}

Entry short_entry(Bytes slot, std::size_t number) {
  Entry entry;
  entry.short_name = short_name_of(slot);
  entry.attributes = byte_at(slot, 11);
  entry.name = with_case_bits(entry.short_name, byte_at(slot, 12));
  const std::uint32_t high = little_endian<std::uint16_t>(slot, 20, "FAT entry");
  entry.first_cluster = high << 16U | little_endian<std::uint16_t>(slot, 26, "FAT entry");
  entry.size_bytes = little_endian<std::uint32_t>(slot, 28, "FAT entry");
  entry.modified = {.date = little_endian<std::uint16_t>(slot, 24, "FAT entry"),
                    .time = little_endian<std::uint16_t>(slot, 22, "FAT entry")};
  const std::uint64_t created = little_endian<std::uint32_t>(slot, 14, "FAT entry");
  entry.created = created << 8U | byte_at(slot, 13);
  entry.first_slot = number;
  return entry;
}

bool is_dot(const ShortName& name) {
  const auto rest = name.begin() + (name[1] == '.' ? 2 : 1);
  return name[0] == '.' && std::all_of(rest, name.end(), [](char c) { return c == ' '; });
}

std::size_t long_slots(const LongName& name) {
  return (name.size() + units_per_slot - 1) / units_per_slot;
}

// A name that fills its last slot has neither end nor padding.
void put_long_slot(MutableBytes slot, const Entry& entry, std::size_t part, bool is_last) {
  slot[0] = static_cast<std::byte>(part + 1 + (is_last ? last_part : 0));
  slot[11] = std::byte{long_name_attributes};
  slot[13] = std::byte{checksum_of(entry.short_name)};
  for (std::size_t i = 0; i < units_per_slot; i++) {
    const std::size_t at = part * units_per_slot + i;
    const std::size_t length = entry.name.size();
    const std::uint16_t unit = at < length ? entry.name[at] : at == length ? 0 : 0xffff;
    put_little_endian<std::uint16_t>(slot, unit_offsets.at(i), unit);
  }
}

}  // namespace

Stamp stamp_of(std::int64_t unix_seconds) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::seconds;
  using std::chrono::sys_seconds;
  constexpr std::int64_t first = 315532800;  // 1980-01-01
  constexpr std::int64_t last = 4354819198;  // 2107-12-31 23:59:58
  const sys_seconds at{seconds{std::clamp(unix_seconds, first, last)}};
  const auto day = floor<days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1980);
  const auto part = [](auto count) { return static_cast<std::uint32_t>(count.count()); };
  return {
      .date = static_cast<std::uint16_t>(year << 9U | static_cast<unsigned>(date.month()) << 5U |
                                         static_cast<unsigned>(date.day())),
      .time = static_cast<std::uint16_t>(part(time.hours()) << 11U | part(time.minutes()) << 5U |
                                         part(time.seconds()) / 2)};
}

std::int64_t unix_seconds_of(Stamp stamp) {
  const std::chrono::year_month_day date{std::chrono::year{1980 + (stamp.date >> 9U)},
                                         std::chrono::month{stamp.date >> 5U & 0xfU},
                                         std::chrono::day{stamp.date & 0x1fU}};
  if (!date.ok()) return 315532800;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t hours = stamp.time >> 11U;
  const std::int64_t minutes = stamp.time >> 5U & 0x3fU;
  const std::int64_t seconds = 2 * static_cast<std::int64_t>(stamp.time & 0x1fU);
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

EntryList parse_entries(Bytes slots) {
  EntryList list;
  LongNameParts parts;
  std::vector<std::size_t> open;
  const auto give_up = [&] {
    list.orphans.insert(list.orphans.end(), open.begin(), open.end());
    open.clear();
    parts.clear();
  };
  const std::size_t count = slots.size() / slot_bytes;
  list.end = count;
  for (std::size_t number = 0; number < count; number++) {
    const Bytes slot = slots.subspan(number * slot_bytes, slot_bytes);
    const std::uint8_t first = byte_at(slot, 0);
    const std::uint8_t attributes = byte_at(slot, 11);
    if (first == 0) {
      list.end = number;
      break;
    }
    if (first == free_mark) {
      give_up();
      continue;
    }
    if ((attributes & 0x3fU) == long_name_attributes) {
      if ((first & last_part) != 0) give_up();
      parts.add(slot, number);
      open.push_back(number);
      continue;
    }
    Entry entry = short_entry(slot, number);
    if (const auto name = parts.of(entry.short_name)) {
      entry.name = *name;
      entry.first_slot = parts.first_slot();
      entry.slot_count = number - entry.first_slot + 1;
      open.clear();
    }
    give_up();
    if ((attributes & label_attribute) != 0) continue;
    (is_dot(entry.short_name) ? list.dots : list.entries).push_back(std::move(entry));
  }
  give_up();
  return list;
}

std::size_t slots_for(const LongName& name, const ShortName& short_name) {
  return long_name_of(short_name) == name ? 1 : long_slots(name) + 1;
}

std::vector<std::byte> serialize_entry(const Entry& entry) {
  const std::size_t count = slots_for(entry.name, entry.short_name);
  std::vector<std::byte> bytes(count * slot_bytes);
  const auto slot = [&](std::size_t number) {
    return MutableBytes(bytes).subspan(number * slot_bytes, slot_bytes);
  };
  for (std::size_t part = 0; part + 1 < count; part++) {
    put_long_slot(slot(count - 2 - part), entry, part, part + 2 == count);
  }
  const MutableBytes last = slot(count - 1);
  for (std::size_t i = 0; i < entry.short_name.size(); i++) {
    last[i] = static_cast<std::byte>(entry.short_name.at(i));
  }
  if (last[0] == std::byte{free_mark}) last[0] = std::byte{escaped_e5};
  last[11] = std::byte{entry.attributes};
  put_little_endian<std::uint16_t>(last, 14, entry.modified.time);
  put_little_endian<std::uint16_t>(last, 16, entry.modified.date);
  put_content(last, entry);
  return bytes;
}

void put_content(MutableBytes short_slot, const Entry& entry) {
  const auto put16 = [&](std::size_t offset, std::uint32_t value) {
    put_little_endian<std::uint16_t>(short_slot, offset, static_cast<std::uint16_t>(value));
  };
  put16(18, entry.modified.date);
  put16(20, entry.first_cluster >> 16U);
  put16(22, entry.modified.time);
  put16(24, entry.modified.date);
  put16(26, entry.first_cluster & 0xffffU);
  put_little_endian<std::uint32_t>(short_slot, 28, entry.size_bytes);
}

}  // namespace nacre::fat
