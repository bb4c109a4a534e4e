#include "core/file_system/file_system.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "core/file_system/bitmap.h"
#include "core/file_system/crc32c.h"
#include "core/file_system/metadata_reader.h"
#include "core/file_system/ntfs_boot_sector.h"
#include "core/file_system/ntfs_record.h"
#include "core/file_system/probe.h"

namespace nacre {
namespace {

using Buffer = std::vector<std::byte>;

void put_text(Buffer& bytes, std::size_t offset, const char* text) {
  std::memcpy(bytes.data() + offset, text, std::strlen(text));
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

TEST(Probe, NamesAreThoseOfTypeScript) {
  EXPECT_EQ(file_system_type("ntfs"), FileSystemType::ntfs);
  EXPECT_STREQ(name_of(FileSystemType::fat32), "fat32");
  EXPECT_THROW((void)file_system_type("zfs"), FormatError);
}

}  // namespace
}  // namespace nacre
