// Boot sector, little-endian (Microsoft FAT specification 1.03): 0 jump, 3 OEM name, 11 bytes per
// sector u16, 13 sectors per cluster u8, 14 reserved sectors u16, 16 FATs u8, 17 root entries u16,
// 19 sectors u16, 21 media u8, 22 FAT sectors u16, 24 sectors per track u16, 26 heads u16,
// 28 hidden sectors u32, 32 sectors u32. FAT12/16 go on at 36, FAT32 at 64 (after 36 FAT sectors
// u32, 44 root cluster u32, 48 FSInfo sector u16, 50 backup boot sector u16): +0 drive u8,
// +2 signature 29h u8, +3 serial u32, +7 label, +18 name of the type. 510 55h AAh.
#include "core/fat/format.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace nacre::fat {
namespace {

constexpr std::uint32_t media = 0xf8;
constexpr std::uint32_t info_sector = 1;
constexpr std::uint32_t backup_sector = 6;
constexpr std::uint32_t root_cluster = 2;
// The geometry that partition tools of today write; nobody seeks by it.
constexpr std::uint16_t sectors_per_track = 63;
constexpr std::uint16_t heads = 255;

using Sector = std::vector<std::byte>;

void put8(Sector& sector, std::size_t offset, std::uint32_t value) {
  put_little_endian<std::uint8_t>(sector, offset, static_cast<std::uint8_t>(value));
}
void put16(Sector& sector, std::size_t offset, std::uint32_t value) {
  put_little_endian<std::uint16_t>(sector, offset, static_cast<std::uint16_t>(value));
}
void put32(Sector& sector, std::size_t offset, std::uint64_t value) {
  put_little_endian<std::uint32_t>(sector, offset, static_cast<std::uint32_t>(value));
}
// Padded with blanks to `width`.
void put_text(Sector& sector, std::size_t offset, std::string_view text, std::size_t width) {
  for (std::size_t i = 0; i < width; i++) {
    sector[offset + i] = static_cast<std::byte>(i < text.size() ? text[i] : ' ');
  }
}

Sector signed_sector(const Geometry& geometry) {
  Sector sector(geometry.sector_bytes);
  put16(sector, 510, 0xaa55);
  return sector;
}

std::string label_text(const std::string& label) {
  std::string text;
  for (const char c : label) {
    const auto code = static_cast<unsigned char>(c);
    const bool is_refused =
        code < 0x20 || code > 0x7e ||
        std::string_view("\"*+,./:;<=>?[\\]|").find(c) != std::string_view::npos;
    if (is_refused)
      throw CodedError(
          "FAT_NAME_INVALID",
          {{"name", label}, {"reason", "a label has ASCII letters, digits and blanks"}});
    text += static_cast<char>(code >= 'a' && code <= 'z' ? code - 0x20 : code);
  }
  if (text.size() > 11)
    throw CodedError("FAT_NAME_INVALID",
                     {{"name", label}, {"reason", "a label has at most 11 characters"}});
  return text;
}

// A machine that starts this sector is sent on to the next device: int 18h, and a halt if it comes
// back.
void put_boot_code(Sector& sector, std::size_t offset) {
  constexpr std::array<std::uint8_t, 5> code{0xcd, 0x18, 0xf4, 0xeb, 0xfd};
  for (std::size_t i = 0; i < code.size(); i++) put8(sector, offset + i, code[i]);
}

void put_extension(Sector& sector, std::size_t offset, const Geometry& geometry,
                   const FormatOptions& options, const std::string& label) {
  put8(sector, offset, 0x80);
  put8(sector, offset + 2, 0x29);
  put32(sector, offset + 3, options.serial);
  put_text(sector, offset + 7, label.empty() ? "NO NAME" : label, 11);
  put_text(sector, offset + 18, "FAT" + std::to_string(geometry.entry_bits), 8);
}

Sector boot_sector(const Geometry& geometry, const FormatOptions& options,
                   const std::string& label) {
  Sector sector = signed_sector(geometry);
  const bool is_fat32 = geometry.entry_bits == 32;
  const std::size_t code = is_fat32 ? 90 : 62;
  put8(sector, 0, 0xeb);
  put8(sector, 1, static_cast<std::uint32_t>(code - 2));
  put8(sector, 2, 0x90);
  put_text(sector, 3, "NACRE", 8);
  put16(sector, 11, geometry.sector_bytes);
  put8(sector, 13, geometry.cluster_sectors);
  put16(sector, 14, geometry.reserved_sectors);
  put8(sector, 16, 2);
  put16(sector, 17, geometry.root_entries);
  const bool has_short_count = !is_fat32 && geometry.sectors <= 0xffff;
  put16(sector, 19, has_short_count ? geometry.sectors : 0);
  put8(sector, 21, media);
  put16(sector, 22, is_fat32 ? 0 : geometry.fat_sectors);
  put16(sector, 24, sectors_per_track);
  put16(sector, 26, heads);
  put32(sector, 28, options.hidden_sectors);
  put32(sector, 32, has_short_count ? 0 : geometry.sectors);
  if (is_fat32) {
    put32(sector, 36, geometry.fat_sectors);
    put32(sector, 44, root_cluster);
    put16(sector, 48, info_sector);
    put16(sector, 50, backup_sector);
  }
  put_extension(sector, is_fat32 ? 64 : 36, geometry, options, label);
  put_boot_code(sector, code);
  return sector;
}

Sector info_sector_of(const Geometry& geometry) {
  Sector sector = signed_sector(geometry);
  put32(sector, 0, 0x41615252);
  put32(sector, 484, 0x61417272);
  put32(sector, 488, geometry.cluster_count - 1);
  put32(sector, 492, root_cluster + 1);
  return sector;
}

// Entry 0 repeats the media byte, entry 1 says "unmounted, no errors", entry 2 ends the root of
// FAT32.
Sector first_fat_sector(const Geometry& geometry) {
  Sector sector(geometry.sector_bytes);
  switch (geometry.entry_bits) {
    case 12:
      put16(sector, 0, 0xff00U | media);
      put8(sector, 2, 0xff);
      break;
    case 16:
      put16(sector, 0, 0xff00U | media);
      put16(sector, 2, 0xffff);
      break;
    default:
      put32(sector, 0, 0x0fffff00U | media);
      put32(sector, 4, 0x0fffffff);
      put32(sector, 8, 0x0fffffff);
  }
  return sector;
}

Sector root_sector_of(const Geometry& geometry, const std::string& label) {
  Sector sector(geometry.sector_bytes);
  if (label.empty()) return sector;
  put_text(sector, 0, label, 11);
  put8(sector, 11, 0x08);
  // 1 January 1980, the first date there is: two formats with the same options are the same bytes.
  put16(sector, 24, 1U << 5U | 1U);
  return sector;
}

void zero(BlockStore& store, std::uint64_t offset, std::uint64_t length) {
  const std::vector<std::byte> zeros(
      static_cast<std::size_t>(std::min<std::uint64_t>(length, 1U << 20U)));
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t part = std::min<std::uint64_t>(length - done, zeros.size());
    store.write(offset + done, Bytes(zeros).first(static_cast<std::size_t>(part)));
    done += part;
  }
}

}  // namespace

Geometry format(BlockStore& store, const FormatOptions& options) {
  if (options.size_bytes > store.size()) throw FormatError("FAT larger than its partition");
  const Geometry geometry = plan_geometry(options);
  const std::string label = label_text(options.label);
  const std::uint64_t sector = geometry.sector_bytes;
  const bool is_fat32 = geometry.entry_bits == 32;
  const auto put = [&](std::uint64_t number, const Sector& bytes) {
    store.write(number * sector, bytes);
  };

  zero(store, 0, sector);
  if (is_fat32) zero(store, backup_sector * sector, sector);
  store.flush();
  // FATs, root directory, and on FAT32 the cluster of the root directory.
  const std::uint64_t end = geometry.data_sector() + (is_fat32 ? geometry.cluster_sectors : 0);
  zero(store, sector, (end - 1) * sector);
  for (std::uint32_t fat = 0; fat < 2; fat++) {
    put(geometry.reserved_sectors + std::uint64_t{fat} * geometry.fat_sectors,
        first_fat_sector(geometry));
  }
  put(geometry.root_sector(), root_sector_of(geometry, label));
  const Sector boot = boot_sector(geometry, options, label);
  if (is_fat32) {
    for (const std::uint32_t first : {0U, backup_sector}) {
      put(first + info_sector, info_sector_of(geometry));
      put(first + 2, signed_sector(geometry));
    }
    put(backup_sector, boot);
  }
  store.flush();
  put(0, boot);
  store.flush();
  return geometry;
}

}  // namespace nacre::fat
