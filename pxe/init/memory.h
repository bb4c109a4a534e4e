#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nacre::init {

/// What there is for a file in memory, in bytes.
struct Room {
  /// That programs can have; 0 when the kernel does not say.
  std::uint64_t available = 0;
  /// Free in the root file system, which takes half of the memory at most; 0 when it is full.
  std::uint64_t root_free = 0;
};

/// Bytes that programs can have by /proc/meminfo; 0 when it does not say.
[[nodiscard]] std::uint64_t available_in(std::string_view meminfo);

/// As it is now, with the text of /proc/meminfo.
[[nodiscard]] Room read_room(std::string_view meminfo);

/// A file as the kernel left it when it unpacked the initrd.
struct UnpackedFile {
  std::uint64_t size = 0;
  /// Bytes that it really has; the kernel gives a file its whole size before it fills it.
  std::uint64_t stored = 0;
};

/// What a shortage of memory says.
struct Shortage {
  std::uint64_t needed = 0;
  std::uint64_t free = 0;

  friend bool operator==(const Shortage&, const Shortage&) = default;
};

/// Memory for a file of this size, and for Node.
[[nodiscard]] std::uint64_t needed_for(std::uint64_t size);

/// Whether a file of this size has no room in memory beside Node.
[[nodiscard]] std::optional<Shortage> shortage_for(std::uint64_t size, const Room& room);

/// Whether the kernel stopped unpacking a file because the root file system was full. A download
/// that was cut off leaves a file with a hole, too, but room behind it.
[[nodiscard]] std::optional<Shortage> shortage_of(const UnpackedFile& file, const Room& room);

}  // namespace nacre::init
