#include "core/file_system/raw_signatures.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

using namespace std::string_view_literals;

struct Signature {
  const char* name;
  std::uint64_t offset;
  std::string_view magic;
};

// Offsets from the partition's start, as libblkid and each format's own documents give them.
constexpr std::array<Signature, 11> owners{{
    {"BitLocker", 3, "-FVE-FS-"sv},
    {"BitLocker To Go", 424, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01"sv},
    {"ReFS", 3, "ReFS\0\0\0\0"sv},
    {"LUKS", 0, "LUKS\xba\xbe"sv},
    {"LVM physical volume", 0, "LABELONE"sv},
    {"LVM physical volume", 512, "LABELONE"sv},
    {"LVM physical volume", 1024, "LABELONE"sv},
    {"LVM physical volume", 1536, "LABELONE"sv},
    {"RAID member", 0, "\xfc\x4e\x2b\xa9"sv},
    {"RAID member", 4096, "\xfc\x4e\x2b\xa9"sv},
    {"bcache", 4120, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"sv},
}};

constexpr std::array<Signature, 20> contents{{
    {"swap version 0", 4086, "SWAP-SPACE"sv},
    {"btrfs", 65600, "_BHRfS_M"sv},
    {"APFS", 32, "NXSB"sv},
    {"HFS+", 1024, "H+\0\x04"sv},
    {"HFSX", 1024, "HX\0\x05"sv},
    {"HFS", 1024, "BD"sv},
    {"f2fs", 1024, "\x10\x20\xf5\xf2"sv},
    {"erofs", 1024, "\xe2\xe1\xf5\xe0"sv},
    {"nilfs2", 1030, "44"sv},
    {"squashfs", 0, "hsqs"sv},
    {"cramfs", 0, "\x45\x3d\xcd\x28"sv},
    {"ISO 9660", 32769, "CD001"sv},
    {"UDF", 32769, "BEA01"sv},
    {"reiserfs", 65588, "ReIsErFs"sv},
    {"reiserfs", 65588, "ReIsEr2Fs"sv},
    {"reiserfs", 65588, "ReIsEr3Fs"sv},
    {"reiser4", 65536, "ReIsEr4"sv},
    {"JFS", 32768, "JFS1"sv},
    {"VMFS", 1048576, "\x0d\xd0\x01\xc0"sv},
    {"XFS log", 0, "\xfe\xed\xba\xbe"sv},
}};

bool has_magic(MetadataReader& reader, std::uint64_t offset, std::string_view magic) {
  if (offset > reader.size() || magic.size() > reader.size() - offset) return false;
  const auto bytes = reader.read(offset, magic.size(), "signature");
  return std::equal(bytes.begin(), bytes.end(), magic.begin(),
                    [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
}

// md versions 0.90 and 1.0 keep their superblock at the end, in front of which a mirror looks like
// its content.
bool has_raid_superblock_at_end(MetadataReader& reader) {
  constexpr std::string_view magic = "\xfc\x4e\x2b\xa9"sv;
  constexpr std::uint64_t old_unit = 65536;
  const std::uint64_t size = reader.size();
  if (size < 2 * old_unit) return false;
  return has_magic(reader, (size / 512 - 16) / 8 * 8 * 512, magic) ||
         has_magic(reader, size / old_unit * old_unit - old_unit, magic);
}

bool is_ext_journal(MetadataReader& reader) {
  if (reader.size() < 2048) return false;
  const auto super = reader.read(1024, 1024, "signature");
  return little_endian<std::uint16_t>(super, 56, "signature") == 0xef53 &&
         (little_endian<std::uint32_t>(super, 96, "signature") & 8U) != 0;
}

template <std::size_t Count>
std::string name_among(MetadataReader& reader, const std::array<Signature, Count>& signatures) {
  for (const Signature& signature : signatures) {
    if (has_magic(reader, signature.offset, signature.magic)) return signature.name;
  }
  return "";
}

}  // namespace

std::string raw_owner_name(const BlockReader& partition) {
  MetadataReader reader(partition);
  std::string name = name_among(reader, owners);
  if (name.empty() && has_raid_superblock_at_end(reader)) name = "RAID member";
  return name;
}

std::string raw_content_name(const BlockReader& partition) {
  MetadataReader reader(partition);
  std::string name = name_among(reader, contents);
  if (name.empty() && is_ext_journal(reader)) name = "ext journal device";
  return name;
}

}  // namespace nacre
