// Index entry, little-endian: 0 file reference u64, 8 entry length u16, 10 key length u16, 12 flags
// u16 (bit 1: last), 16 key. A $FILE_NAME key has its name length u8 at 64 and the name from 66.
// Index header: 0 first entry u32, 4 end of the entries u32, both from the header's start.
#include "core/file_system/ntfs_hibernation.h"

#include <algorithm>

namespace nacre {
namespace {

constexpr std::uint64_t record_number_mask = 0xffffffffffffULL;
constexpr std::size_t header_bytes = 4096;

bool is_hiberfil(const std::string& name) {
  const std::string wanted = "hiberfil.sys";
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

/// File reference of hiberfil.sys among the entries of one index node.
std::optional<std::uint64_t> find_in_node(Bytes node) {
  const char* const field = "NTFS index entry";
  std::size_t at = little_endian<std::uint32_t>(node, 0, field);
  const std::size_t end = little_endian<std::uint32_t>(node, 4, field);
  if (end > node.size()) throw FormatError(field);
  while (at < end && end - at >= 16) {
    const auto length = little_endian<std::uint16_t>(node, at + 8, field);
    const auto flags = little_endian<std::uint16_t>(node, at + 12, field);
    if ((flags & 2U) != 0) break;
    if (length < 16) throw FormatError(field);
    const Bytes entry = slice(node, at, length, field);
    if (length >= 16 + 66) {
      const auto units = std::to_integer<std::size_t>(entry[16 + 64]);
      if (is_hiberfil(utf8_of_utf16(slice(entry, 16 + 66, units * 2, field)))) {
        return little_endian<std::uint64_t>(entry, 0, field);
      }
    }
    at += length;
  }
  return std::nullopt;
}

// The whole directory is read: that needs no collation table, and a root directory is short.
std::optional<std::uint64_t> find_hiberfil(NtfsVolume& volume) {
  const char* const field = "NTFS root directory";
  const auto root =
      volume.stream(NtfsVolume::root_directory, NtfsAttributeType::index_root, "$I30");
  if (!root || !root->is_resident) throw FormatError(field);
  const auto block_bytes = little_endian<std::uint32_t>(root->resident, 8, field);
  if (auto found = find_in_node(slice(root->resident, 16, root->resident.size() - 16, field))) {
    return found;
  }
  const auto blocks =
      volume.stream(NtfsVolume::root_directory, NtfsAttributeType::index_allocation, "$I30");
  if (!blocks) return std::nullopt;
  volume.require_solid(*blocks);
  if (!is_power_of_two(block_bytes) || block_bytes < 512 || block_bytes > 65536) {
    throw FormatError(field);
  }
  for (std::uint64_t at = 0; at + block_bytes <= blocks->size; at += block_bytes) {
    std::vector<std::byte> block = volume.read(*blocks, at, block_bytes);
    if (!has_text(block, 0, "INDX")) continue;
    apply_ntfs_fixups(block, "NTFS index block: update sequence");
    if (auto found = find_in_node(slice(block, 24, block_bytes - 24, field))) return found;
  }
  return std::nullopt;
}

}  // namespace

bool is_ntfs_hibernated(NtfsVolume& volume) {
  const auto reference = find_hiberfil(volume);
  if (!reference) return false;
  const std::uint64_t number = *reference & record_number_mask;
  const std::vector<std::byte> record = volume.record(number);
  const bool is_in_use = (little_endian<std::uint16_t>(record, 22, "NTFS record") & 1U) != 0;
  // An entry of a deleted file may linger in an unused index block.
  if (!is_in_use || little_endian<std::uint16_t>(record, 16, "NTFS record") != *reference >> 48U) {
    return false;
  }
  const auto data = volume.stream(number, NtfsAttributeType::data, "");
  if (!data || data->size < header_bytes) return true;
  const std::vector<std::byte> header = volume.read(*data, 0, header_bytes);
  for (const char* magic : {"hibr", "HIBR", "rstr", "RSTR"}) {
    if (has_text(header, 0, magic)) return true;
  }
  // "wake", "WAKE" or zeros: Windows has resumed since.
  return false;
}

}  // namespace nacre
