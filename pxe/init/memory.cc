#include "memory.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace nacre::init {
namespace {

/// What Node needs beside its files.
constexpr std::uint64_t kNodeBytes = 48ULL << 20;
/// Less than this is full: what comes behind the file in the initrd found no room either.
constexpr std::uint64_t kFullBytes = 1ULL << 20;
constexpr std::uint64_t kUnlimited = ~0ULL;
/// A file system counts in pages.
constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

std::uint64_t available_in(std::string_view meminfo) {
  constexpr std::string_view kName = "MemAvailable:";
  const std::size_t at = meminfo.find(kName);
  if (at == std::string_view::npos) return 0;
  return std::strtoull(std::string(meminfo.substr(at + kName.size())).c_str(), nullptr, 10) << 10U;
}

Room read_room(std::string_view meminfo) {
  struct statvfs root {};
  const bool is_known = statvfs("/", &root) == 0;
  return {
      .available = available_in(meminfo),
      // A root file system without a limit (ramfs) says that it has no blocks at all.
      .root_free = !is_known || root.f_blocks == 0 ? kUnlimited : root.f_bavail * root.f_frsize};
}

std::uint64_t needed_for(std::uint64_t size) { return size + kNodeBytes; }

std::optional<Shortage> shortage_for(std::uint64_t size, const Room& room) {
  // Node's own memory is none of the root file system's.
  const std::uint64_t in_root =
      room.root_free > kUnlimited - kNodeBytes ? kUnlimited : room.root_free + kNodeBytes;
  const std::uint64_t free = room.available == 0 ? in_root : std::min(room.available, in_root);
  if (free >= needed_for(size)) return std::nullopt;
  return Shortage{.needed = needed_for(size), .free = free};
}

std::optional<Shortage> shortage_of(const UnpackedFile& file, const Room& room) {
  const bool has_hole = file.stored + kPageBytes < file.size;
  if (!has_hole || room.root_free >= kFullBytes) return std::nullopt;
  return Shortage{.needed = needed_for(file.size), .free = file.stored + room.root_free};
}

}  // namespace nacre::init
