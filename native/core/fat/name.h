#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace nacre::fat {

/// A long name in UTF-16, as directory entries hold it.
using LongName = std::u16string;
/// Name and extension of 8 and 3 bytes, padded with blanks, without the dot.
using ShortName = std::array<char, 11>;

/// Most UTF-16 units of a name.
inline constexpr std::size_t max_name_units = 255;

/// The name of one file or folder. @throws CodedError FAT_NAME_INVALID for what Windows refuses:
/// no UTF-8, longer than 255 units, control characters, one of `"*/:<>?\|`, a dot or blank at the
/// end.
[[nodiscard]] LongName parse_name(std::string_view utf8);
/// The same as UTF-8; lone surrogates become U+FFFD.
[[nodiscard]] std::string utf8_of(const LongName& name);

/// True when two names are one to a file system that ignores case. Folds ASCII, Latin, Greek,
/// Cyrillic and fullwidth letters; others only equal themselves.
[[nodiscard]] bool same_name(const LongName& left, const LongName& right);

/// True for a name that a short entry alone can hold: upper-case ASCII, 8.3.
[[nodiscard]] bool is_short_name(const LongName& name);
/// The short entry for a name: itself, or `BASE~N` that is not in `taken`.
/// @throws CodedError FAT_DIRECTORY_FULL when all numbers are taken.
[[nodiscard]] ShortName short_name_for(const LongName& name, const std::set<ShortName>& taken);
/// As people write it, such as `CONFIG.SYS`. Bytes above ASCII have no known code page: U+FFFD.
[[nodiscard]] LongName long_name_of(const ShortName& name);
/// Links long-name entries to their short entry (FAT specification 1.03, "ChkSum").
[[nodiscard]] std::uint8_t checksum_of(const ShortName& name);

}  // namespace nacre::fat
