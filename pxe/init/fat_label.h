#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::init {

/// What the boot sector of a FAT volume says of itself.
struct FatLabel {
  /// Without the blanks behind it.
  std::string label;
  /// As GRUB's `probe --fs-uuid` prints it: "1A2B-3C4D".
  std::string serial;

  bool operator==(const FatLabel&) const = default;
};

/// Nothing unless the 512 bytes of `sector` are the boot sector of a FAT volume with a label
/// (Microsoft FAT specification 1.03, page 11).
[[nodiscard]] std::optional<FatLabel> parse_fat_label(std::string_view sector);

}  // namespace nacre::init
