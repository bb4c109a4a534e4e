#pragma once

#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/fat/name.h"

namespace nacre::fat {

/// Length of a slot of a directory.
inline constexpr std::size_t slot_bytes = 32;

/// Bits of the attribute byte.
inline constexpr std::uint8_t read_only_attribute = 0x01;
inline constexpr std::uint8_t hidden_attribute = 0x02;
inline constexpr std::uint8_t system_attribute = 0x04;
inline constexpr std::uint8_t label_attribute = 0x08;
inline constexpr std::uint8_t folder_attribute = 0x10;
inline constexpr std::uint8_t archive_attribute = 0x20;
inline constexpr std::uint8_t long_name_attributes = 0x0f;

/// Date and time as FAT keeps them: years since 1980, months, days; hours, minutes, two seconds.
struct Stamp {
  std::uint16_t date = 0x21;
  std::uint16_t time = 0;
};

/// In UTC, held between 1980 and 2107.
[[nodiscard]] Stamp stamp_of(std::int64_t unix_seconds);
[[nodiscard]] std::int64_t unix_seconds_of(Stamp stamp);

/// A file or folder by its entries in a directory.
struct Entry {
  LongName name = {};
  ShortName short_name{};
  std::uint8_t attributes = 0;
  /// 0 for an empty file, and for the root in `..`.
  std::uint32_t first_cluster = 0;
  std::uint32_t size_bytes = 0;
  Stamp modified = {};
  /// Date (16 bits), time (16) and hundredths of a second (8) of its creation as they lie there; 0
  /// where nobody wrote them. Read only.
  std::uint64_t created = 0;
  /// First of its slots; the last one is the short entry.
  std::size_t first_slot = 0;
  std::size_t slot_count = 1;

  [[nodiscard]] bool is_folder() const { return (attributes & folder_attribute) != 0; }
  [[nodiscard]] std::size_t short_slot() const { return first_slot + slot_count - 1; }
};

/// What the slots of a directory say.
struct EntryList {
  /// Files and folders, without the label and without `.` and `..`.
  std::vector<Entry> entries;
  /// The entries `.` and `..`, where there are any.
  std::vector<Entry> dots;
  /// First slot from which on all are free.
  std::size_t end = 0;
  /// Slots of long names without their short entry.
  std::vector<std::size_t> orphans;
};

/// Reads the slots of a directory, whose length is a multiple of 32. Long names that do not belong
/// to the short entry behind them are left out, as every reader does.
[[nodiscard]] EntryList parse_entries(Bytes slots);

/// The slots of a new entry: those of its long name where it needs one, then the short one.
[[nodiscard]] std::vector<std::byte> serialize_entry(const Entry& entry);
/// Number of those slots.
[[nodiscard]] std::size_t slots_for(const LongName& name, const ShortName& short_name);
/// Puts cluster, size and time of `entry` into the 32 bytes of its short entry.
void put_content(MutableBytes short_slot, const Entry& entry);

}  // namespace nacre::fat
