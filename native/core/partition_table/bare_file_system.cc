#include "core/partition_table/bare_file_system.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace nacre {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::uint64_t offset;
  std::string_view bytes;
};

constexpr std::array<Magic, 14> magics = {{
    {3, "NTFS    "},
    {3, "EXFAT   "},
    {3, "ReFS\0\0\0\0"sv},
    {3, "-FVE-FS-"},               // BitLocker
    {0, "XFSB"},                   // XFS
    {0, "hsqs"},                   // squashfs
    {0, "LUKS\xba\xbe"sv},         // encrypted volume
    {512, "LABELONE"},             // LVM physical volume
    {4096, "LABELONE"},            //
    {1024, "\x10\x20\xf5\xf2"sv},  // F2FS
    {1080, "\x53\xef"sv},          // ext2, ext3, ext4
    {4086, "SWAPSPACE2"},          // Linux swap with 4 KiB pages
    {32769, "CD001"},              // ISO 9660
    {65600, "_BHRfS_M"},           // btrfs
}};

bool has_magic(const BlockReader& disk, const Magic& magic) {
  if (magic.offset > disk.size() || magic.bytes.size() > disk.size() - magic.offset) return false;
  std::vector<std::byte> found(magic.bytes.size());
  disk.read(magic.offset, found);
  return std::equal(found.begin(), found.end(), magic.bytes.begin(),
                    [](std::byte byte, char letter) { return byte == std::byte(letter); });
}

// BIOS parameter block (Microsoft FAT specification, "Boot sector and BPB").
bool has_fat_parameters(Bytes sector) {
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned>(sector[at]); };
  const bool has_jump = byte(0) == 0xe9 || (byte(0) == 0xeb && byte(2) == 0x90);
  const auto bytes_per_sector = little_endian<std::uint16_t>(sector, 11, "bytes per sector");
  const auto reserved = little_endian<std::uint16_t>(sector, 14, "reserved sectors");
  const bool is_sector_size =
      bytes_per_sector >= 512 && bytes_per_sector <= 4096 && is_power_of_two(bytes_per_sector);
  return has_jump && is_sector_size && is_power_of_two(byte(13)) && reserved > 0 && byte(16) >= 1 &&
         byte(16) <= 2 && (byte(21) == 0xf0 || byte(21) >= 0xf8);
}

}  // namespace

bool holds_bare_file_system(const BlockReader& disk) {
  if (disk.size() < 512) return false;
  std::vector<std::byte> sector(512);
  disk.read(0, sector);
  return has_fat_parameters(sector) ||
         std::any_of(magics.begin(), magics.end(),
                     [&](const Magic& magic) { return has_magic(disk, magic); });
}

}  // namespace nacre
