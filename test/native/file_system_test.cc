#include "core/file_system/file_system.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/file_system/bitmap.h"
#include "core/file_system/crc32c.h"
#include "core/file_system/ext_superblock.h"
#include "core/file_system/fat_boot_sector.h"
#include "core/file_system/metadata_reader.h"
#include "core/file_system/ntfs_boot_sector.h"
#include "core/file_system/ntfs_record.h"
#include "core/file_system/probe.h"
#include "core/file_system/xfs_superblock.h"

namespace nacre {
namespace {

using Buffer = std::vector<std::byte>;

template <std::unsigned_integral T>
void put_big_endian(MutableBytes bytes, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof(T); i++) {
    bytes[offset + i] =
        static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8U * (sizeof(T) - 1 - i)));
  }
}

void put_text(Buffer& bytes, std::size_t offset, const char* text) {
  std::memcpy(bytes.data() + offset, text, std::strlen(text));
}

/// One wrong field of a header and what the message then says.
struct WrongField {
  const char* says;
  std::function<void(Buffer&)> damage;
};

template <class Parse>
void expect_refused(const Buffer& valid, const std::vector<WrongField>& fields, Parse parse) {
  EXPECT_NO_THROW(parse(valid));
  for (const WrongField& field : fields) {
    Buffer bytes = valid;
    field.damage(bytes);
    try {
      parse(bytes);
      ADD_FAILURE() << "accepted: " << field.says;
    } catch (const FormatError& error) {
      EXPECT_NE(std::string(error.what()).find(field.says), std::string::npos) << error.what();
    }
  }
}

template <std::unsigned_integral T>
std::function<void(Buffer&)> set(std::size_t offset, T value) {
  return [=](Buffer& bytes) { put_little_endian<T>(bytes, offset, value); };
}
template <std::unsigned_integral T>
std::function<void(Buffer&)> set_big(std::size_t offset, T value) {
  return [=](Buffer& bytes) { put_big_endian<T>(bytes, offset, value); };
}

TEST(Crc32c, TheCheckValueOfTheCatalogueComesOut) {
  const std::string text = "123456789";
  const Bytes bytes(reinterpret_cast<const std::byte*>(text.data()), text.size());
  EXPECT_EQ(~crc32c(0xffffffffU, bytes), 0xe3069283U);
}

TEST(Bitmap, SetBitsAreMarkedAsUnits) {
  UsedBlocks used(1U << 20U);
  const std::array<std::byte, 3> bits{std::byte{0x81}, std::byte{0xff}, std::byte{0x01}};
  mark_set_bits(bits, 17, {8192, 4096}, used);
  for (std::uint64_t block = 0; block < 256; block++) {
    const bool expected = block == 2 || (block >= 9 && block <= 18);
    EXPECT_EQ(used.test(block), expected) << block;
  }
}

TEST(Bitmap, ABitmapShorterThanItsCountIsRefused) {
  UsedBlocks used(1U << 20U);
  const std::array<std::byte, 2> bits{};
  EXPECT_THROW(mark_set_bits(bits, 17, {0, 4096}, used), FormatError);
}

TEST(MetadataReader, ReadsAreTheSameThroughThePieceAsWithout) {
  Buffer memory(200000);
  for (std::size_t i = 0; i < memory.size(); i++) memory[i] = static_cast<std::byte>(i * 31 / 7);
  const MemoryReader device(memory);
  MetadataReader reader(device);
  for (const std::size_t offset : {0UL, 100UL, 65535UL, 4096UL, 131071UL, 199990UL, 70000UL}) {
    for (const std::size_t length : {1UL, 10UL}) {
      const Buffer bytes = reader.read(offset, length, "test");
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(),
                             memory.begin() + static_cast<std::ptrdiff_t>(offset)));
    }
  }
  EXPECT_THROW((void)reader.read(199999, 2, "end"), FormatError);
  EXPECT_THROW((void)reader.read(UINT64_MAX, 2, "end"), FormatError);
  EXPECT_THROW((void)reader.read(0, MetadataReader::max_length + 1, "length"), FormatError);
}

TEST(Text, Utf16BecomesUtf8) {
  const std::array<std::byte, 10> units{
      std::byte{0x41}, std::byte{0},    std::byte{0x3d}, std::byte{0xd8}, std::byte{0x00},
      std::byte{0xde}, std::byte{0x00}, std::byte{0xd8}, std::byte{0xfc}, std::byte{0}};
  EXPECT_EQ(utf8_of_utf16(units), "A\xf0\x9f\x98\x80\xef\xbf\xbd\xc3\xbc");
}

Buffer fat_sector() {
  Buffer sector(512);
  put_text(sector, 0, "\xeb\x3c\x90MSWIN4.1");
  put_little_endian<std::uint16_t>(sector, 11, 512);
  sector[13] = std::byte{4};
  put_little_endian<std::uint16_t>(sector, 14, 1);
  sector[16] = std::byte{2};
  put_little_endian<std::uint16_t>(sector, 17, 512);
  put_little_endian<std::uint16_t>(sector, 19, 40000);
  sector[21] = std::byte{0xf8};
  put_little_endian<std::uint16_t>(sector, 22, 40);
  put_little_endian<std::uint16_t>(sector, 510, 0xaa55);
  return sector;
}

TEST(FatBootSector, EveryWrongFieldIsNamed) {
  const auto parse = [](const Buffer& sector) { (void)parse_fat_boot_sector(sector, 40000 * 512); };
  expect_refused(fat_sector(),
                 {{"signature", set<std::uint8_t>(0, 0)},
                  {"signature", set<std::uint16_t>(11, 513)},
                  {"signature", set<std::uint16_t>(11, 8192)},
                  {"signature", set<std::uint8_t>(13, 0)},
                  {"signature", set<std::uint8_t>(13, 3)},
                  {"signature", set<std::uint16_t>(14, 0)},
                  {"signature", set<std::uint8_t>(16, 0)},
                  {"signature", set<std::uint8_t>(21, 0x12)},
                  {"signature", set<std::uint16_t>(510, 0)},
                  {"root entries", set<std::uint16_t>(17, 0)},
                  {"number of sectors", set<std::uint16_t>(19, 100)},
                  {"larger than partition", set<std::uint16_t>(19, 40001)},
                  {"FAT size", set<std::uint16_t>(22, 0)}},
                 parse);
  EXPECT_EQ(parse_fat_boot_sector(fat_sector(), 40000 * 512).entry_bits, 16U);
}

Buffer ntfs_sector() {
  Buffer sector(512);
  put_text(sector, 3, "NTFS    ");
  put_little_endian<std::uint16_t>(sector, 11, 512);
  sector[13] = std::byte{8};
  put_little_endian<std::uint64_t>(sector, 40, 7999);
  put_little_endian<std::uint64_t>(sector, 48, 4);
  sector[64] = std::byte{0xf6};
  return sector;
}

TEST(NtfsBootSector, EveryWrongFieldIsNamed) {
  const auto parse = [](const Buffer& sector) { (void)parse_ntfs_boot_sector(sector, 8000 * 512); };
  expect_refused(ntfs_sector(),
                 {{"name", set<std::uint8_t>(3, 0)},
                  {"bytes per sector", set<std::uint16_t>(11, 0)},
                  {"bytes per sector", set<std::uint16_t>(11, 8192)},
                  {"cluster size", set<std::uint8_t>(13, 0)},
                  {"cluster size", set<std::uint8_t>(13, 3)},
                  {"cluster size", set<std::uint8_t>(13, 0x81)},
                  {"cluster size", set<std::uint8_t>(13, 0xf3)},
                  {"record size", set<std::uint8_t>(64, 0)},
                  {"record size", set<std::uint8_t>(64, 0x80)},
                  {"record size", set<std::uint8_t>(64, 0xf8)},
                  {"larger than partition", set<std::uint64_t>(40, 8001)},
                  {"larger than partition", set<std::uint64_t>(40, UINT64_MAX)},
                  {"first cluster of $MFT", set<std::uint64_t>(48, 0)},
                  {"first cluster of $MFT", set<std::uint64_t>(48, 999)}},
                 parse);
}

TEST(NtfsBootSector, ClusterSizesAboveThirtyTwoKibAreExponents) {
  Buffer sector = ntfs_sector();
  put_little_endian<std::uint64_t>(sector, 40, 1U << 20U);
  sector[13] = std::byte{0xf4};
  EXPECT_EQ(parse_ntfs_boot_sector(sector, 1ULL << 30U).cluster_bytes, 2U << 20U);
  sector[13] = std::byte{0x80};
  EXPECT_EQ(parse_ntfs_boot_sector(sector, 1ULL << 30U).cluster_bytes, 65536U);
}

/// A non-resident attribute with these mapping pairs.
Buffer run_attribute(const std::vector<unsigned>& pairs, std::uint64_t last_vcn) {
  Buffer bytes(96);
  put_little_endian<std::uint32_t>(bytes, 0, 0x80);
  put_little_endian<std::uint32_t>(bytes, 4, 96);
  bytes[8] = std::byte{1};
  put_little_endian<std::uint64_t>(bytes, 24, last_vcn);
  put_little_endian<std::uint16_t>(bytes, 32, 64);
  for (std::size_t i = 0; i < pairs.size(); i++) bytes[64 + i] = static_cast<std::byte>(pairs[i]);
  return bytes;
}

std::vector<NtfsRun> runs_of(const std::vector<unsigned>& pairs, std::uint64_t last_vcn) {
  const Buffer bytes = run_attribute(pairs, last_vcn);
  std::vector<NtfsRun> runs;
  append_ntfs_runs({NtfsAttributeType::data, false, "", bytes}, 1000, runs);
  return runs;
}

TEST(NtfsRunList, RunsAreRelativeAndMayGoBack) {
  const auto runs = runs_of({0x21, 0x10, 0x00, 0x01, 0x11, 0x04, 0xf0, 0x01, 0x08}, 0x1b);
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].lcn, 0x100U);
  EXPECT_EQ(runs[1].lcn, 0xf0U);
  EXPECT_EQ(runs[1].vcn, 0x10U);
  EXPECT_EQ(runs[2].lcn, NtfsRun::hole);
  EXPECT_EQ(runs[2].clusters, 8U);
}

TEST(NtfsRunList, WhatCannotBeIsRefused) {
  EXPECT_THROW(runs_of({0x10, 0x01}, 0), FormatError) << "no length";
  EXPECT_THROW(runs_of({0x19, 0x01}, 0), FormatError) << "length of 9 bytes";
  EXPECT_THROW(runs_of({0x91, 0x01}, 0), FormatError) << "offset of 9 bytes";
  EXPECT_THROW(runs_of({0x11, 0x00, 0x01}, 0), FormatError) << "length 0";
  EXPECT_THROW(runs_of({0x11, 0x80, 0x01}, 0), FormatError) << "negative length";
  EXPECT_THROW(runs_of({0x11, 0x01, 0x80}, 0), FormatError) << "before the volume";
  EXPECT_THROW(runs_of({0x21, 0x10, 0xe0, 0x03}, 15), FormatError) << "behind the volume";
  EXPECT_THROW(runs_of({0x11, 0x02, 0x01}, 0), FormatError) << "longer than it says";
  EXPECT_THROW(runs_of({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 0), FormatError);
  std::vector<unsigned> cut(32, 0x11);
  cut[31] = 0x44;
  EXPECT_THROW(runs_of(cut, 0), FormatError) << "cut off";
}

TEST(NtfsFixups, ATornSectorIsFound) {
  Buffer record(1024);
  put_text(record, 0, "FILE");
  put_little_endian<std::uint16_t>(record, 4, 48);
  put_little_endian<std::uint16_t>(record, 6, 3);
  put_little_endian<std::uint16_t>(record, 48, 7);
  put_little_endian<std::uint16_t>(record, 50, 0x1234);
  put_little_endian<std::uint16_t>(record, 52, 0x5678);
  put_little_endian<std::uint16_t>(record, 510, 7);
  put_little_endian<std::uint16_t>(record, 1022, 7);
  Buffer whole = record;
  apply_ntfs_fixups(whole, "record");
  EXPECT_EQ(little_endian<std::uint16_t>(whole, 510, ""), 0x1234U);
  EXPECT_EQ(little_endian<std::uint16_t>(whole, 1022, ""), 0x5678U);
  for (const std::size_t offset : {4UL, 6UL, 48UL, 510UL, 1022UL}) {
    Buffer torn = record;
    torn[offset] ^= std::byte{1};
    EXPECT_THROW(apply_ntfs_fixups(torn, "record"), FormatError) << offset;
  }
}

Buffer ext_block() {
  Buffer super(1024);
  put_little_endian<std::uint32_t>(super, 4, 4096);
  put_little_endian<std::uint32_t>(super, 20, 1);
  put_little_endian<std::uint32_t>(super, 32, 8192);
  put_little_endian<std::uint32_t>(super, 36, 8192);
  put_little_endian<std::uint32_t>(super, 40, 1024);
  put_little_endian<std::uint16_t>(super, 56, 0xef53);
  put_little_endian<std::uint32_t>(super, 76, 1);
  put_little_endian<std::uint16_t>(super, 88, 256);
  return super;
}

TEST(ExtSuperblock, EveryWrongFieldIsNamed) {
  const auto parse = [](const Buffer& super) { (void)parse_ext_superblock(super, 4096 * 1024); };
  expect_refused(ext_block(),
                 {{"magic", set<std::uint16_t>(56, 0)},
                  {"block size", set<std::uint32_t>(24, 7)},
                  {"block size", set<std::uint32_t>(24, UINT32_MAX)},
                  {"larger than partition", set<std::uint32_t>(4, 4097)},
                  {"blocks", set<std::uint32_t>(4, 1)},
                  {"first data block", set<std::uint32_t>(20, 2)},
                  {"blocks per group", set<std::uint32_t>(32, 0)},
                  {"blocks per group", set<std::uint32_t>(32, 8200)},
                  {"blocks per group", set<std::uint32_t>(32, 8188)},
                  {"inodes per group", set<std::uint32_t>(40, 0)},
                  {"inodes per group", set<std::uint32_t>(40, 8193)},
                  {"inode size", set<std::uint16_t>(88, 0)},
                  {"inode size", set<std::uint16_t>(88, 2048)},
                  {"reserved GDT", set<std::uint16_t>(206, 257)},
                  {"descriptor size", set<std::uint32_t>(96, ext::incompat_64bit)},
                  {"checksum type", set<std::uint32_t>(100, ext::ro_compat_metadata_checksum)}},
                 parse);
}

Buffer xfs_block() {
  Buffer super(512);
  put_text(super, 0, "XFSB");
  put_big_endian<std::uint32_t>(super, 4, 4096);
  put_big_endian<std::uint64_t>(super, 8, 1000);
  put_big_endian<std::uint64_t>(super, 48, 300);
  put_big_endian<std::uint32_t>(super, 84, 500);
  put_big_endian<std::uint32_t>(super, 88, 2);
  put_big_endian<std::uint32_t>(super, 96, 100);
  put_big_endian<std::uint16_t>(super, 100, 4);
  put_big_endian<std::uint16_t>(super, 102, 512);
  super[124] = std::byte{9};
  return super;
}

TEST(XfsSuperblock, EveryWrongFieldIsNamed) {
  const auto parse = [](const Buffer& super) { (void)parse_xfs_superblock(super, 1000 * 4096); };
  expect_refused(xfs_block(),
                 {{"magic", set_big<std::uint8_t>(0, 0)},
                  {"block size", set_big<std::uint32_t>(4, 0)},
                  {"block size", set_big<std::uint32_t>(4, 131072)},
                  {"larger than partition", set_big<std::uint64_t>(8, 1001)},
                  {"larger than partition", set_big<std::uint64_t>(8, UINT64_MAX)},
                  {"allocation groups", set_big<std::uint32_t>(84, 0)},
                  {"allocation groups", set_big<std::uint32_t>(88, 3)},
                  {"bits of an AG block number", set_big<std::uint8_t>(124, 63)},
                  {"log", set_big<std::uint64_t>(48, 1024)},
                  {"log", set_big<std::uint32_t>(96, 201)},
                  {"sector size", set_big<std::uint16_t>(102, 500)},
                  {"did not finish", set_big<std::uint8_t>(126, 1)},
                  {"checksum", set_big<std::uint16_t>(100, 5)}},
                 parse);
}

TEST(Probe, EveryTruncationOfAHeaderIsRawOrDamaged) {
  for (const Buffer& header : {fat_sector(), ntfs_sector(), xfs_block()}) {
    for (std::size_t length = 0; length <= header.size(); length++) {
      const MemoryReader partition(Bytes(header).first(length));
      const VolumeReport report = probe_volume(partition);
      const bool is_raw = report.type == FileSystemType::raw;
      EXPECT_TRUE(is_raw || report.state == VolumeState::damaged) << length;
    }
  }
}

TEST(Probe, NamesAreThoseOfTypeScript) {
  EXPECT_EQ(file_system_type("ntfs"), FileSystemType::ntfs);
  EXPECT_STREQ(name_of(FileSystemType::fat32), "fat32");
  EXPECT_THROW((void)file_system_type("zfs"), FormatError);
}

}  // namespace
}  // namespace nacre
