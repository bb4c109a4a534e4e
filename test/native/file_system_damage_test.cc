// Hand-made volumes of every file system: whole, with one wrong field, and cut off.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "core/file_system/ext_superblock.h"
#include "core/file_system/ntfs_record.h"
#include "core/file_system/probe.h"
#include "file_system_volumes.h"

namespace nacre {
namespace {

using test::Buffer;
using Damage = std::function<void(Buffer&)>;

/// What a person is told of a partition, as native/node/file_system_glue.cc puts it together.
VolumeReport judge(Bytes bytes) {
  const MemoryReader partition(bytes);
  VolumeReport report = probe_volume(partition);
  UsedBlocks used(partition.size());
  try {
    mark_used(partition, report.type, used);
  } catch (const FormatError& error) {
    if (report.state != VolumeState::unsupported && report.state != VolumeState::damaged) {
      report.state = VolumeState::damaged;
      report.reason = error.what();
    }
  }
  return report;
}

std::string verdict(const VolumeReport& report) {
  return std::string(name_of(report.type)) + " " + name_of(report.state) + ": " + report.reason;
}

struct Volume {
  const char* type;
  Buffer (*make)();
  /// Its used 4 KiB blocks.
  std::vector<std::uint64_t> used;
};

const std::array<Volume, 7>& volumes() {
  static const std::array<Volume, 7> all{{
      {"fat16", test::fat16_volume, {0, 1, 2, 3, 4, 5, 17}},
      {"fat32", test::fat32_volume, {0, 1}},
      {"exfat", test::exfat_volume, {0, 1, 2, 3, 4, 6}},
      {"ntfs", test::ntfs_volume, {0, 1, 2, 3, 5, 1024, 1025}},
      {"ext2", test::ext_volume, {0, 1, 64}},
      {"xfs", test::xfs_volume, {0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15}},
      {"swap", test::swap_volume, {0}},
  }};
  return all;
}

const Volume& volume_of(const std::string& type) {
  for (const Volume& volume : volumes()) {
    if (volume.type == type) return volume;
  }
  throw std::invalid_argument(type);
}

class WholeVolume : public testing::TestWithParam<Volume> {};

TEST_P(WholeVolume, IsCleanAndMapped) {
  const Buffer bytes = GetParam().make();
  EXPECT_EQ(verdict(judge(bytes)), std::string(GetParam().type) + " clean: ");
  const MemoryReader partition(bytes);
  UsedBlocks used(partition.size());
  mark_used(partition, file_system_type(GetParam().type), used);
  std::vector<std::uint64_t> found;
  for (std::uint64_t block = 0; block < used.block_count(); block++) {
    if (used.test(block)) found.push_back(block);
  }
  EXPECT_EQ(found, GetParam().used);
}

// Structures lie in the first KiB of each volume; behind them at some 256 sectors, and a byte to
// either side. A backup boot sector is not missed.
TEST_P(WholeVolume, CutOffAtAnyLengthIsRawOrDamaged) {
  const Buffer bytes = GetParam().make();
  constexpr std::size_t closely = 6144;
  const std::size_t step = (bytes.size() / 256 / 512 + 1) * 512;
  const std::uint64_t end = judge(bytes).volume_bytes;
  for (std::size_t length = 0; length < end; length++) {
    if (length > closely && (length + 1) % step > 2) continue;
    const VolumeReport report = judge(Bytes(bytes).first(length));
    const bool is_raw = report.type == FileSystemType::raw;
    ASSERT_TRUE(is_raw || report.state == VolumeState::damaged) << length << verdict(report);
  }
}

std::string type_of(const testing::TestParamInfo<Volume>& info) { return info.param.type; }
INSTANTIATE_TEST_SUITE_P(FileSystem, WholeVolume, testing::ValuesIn(volumes()), type_of);

struct WrongField {
  const char* type;
  /// The reason of a volume of this type that is damaged, or the whole verdict.
  const char* says;
  Damage damage;
};

template <std::unsigned_integral T>
Damage set(std::size_t offset, T value) {
  return [=](Buffer& bytes) { put_little_endian<T>(bytes, offset, value); };
}
Damage set8(std::size_t offset, std::uint8_t value) { return set<std::uint8_t>(offset, value); }
Damage set16(std::size_t offset, std::uint16_t value) { return set<std::uint16_t>(offset, value); }
Damage set32(std::size_t offset, std::uint32_t value) { return set<std::uint32_t>(offset, value); }
Damage set64(std::size_t offset, std::uint64_t value) { return set<std::uint64_t>(offset, value); }

template <std::unsigned_integral T>
Damage big(std::size_t offset, T value) {
  return [=](Buffer& bytes) { test::put_big_endian<T>(bytes, offset, value); };
}
Damage big16(std::size_t offset, std::uint16_t value) { return big<std::uint16_t>(offset, value); }
Damage big32(std::size_t offset, std::uint32_t value) { return big<std::uint32_t>(offset, value); }
Damage big64(std::size_t offset, std::uint64_t value) { return big<std::uint64_t>(offset, value); }

/// A change of the exFAT boot region that its checksum covers.
Damage sealed(const Damage& damage) {
  return [=](Buffer& bytes) {
    damage(bytes);
    test::seal_exfat(bytes);
  };
}

/// A change inside an attribute of the NTFS volume.
template <std::unsigned_integral T>
Damage attribute(std::uint32_t record, std::uint32_t type, std::size_t offset, T value) {
  return [=](Buffer& bytes) {
    put_little_endian<T>(bytes, test::ntfs_attribute(bytes, record, type) + offset, value);
  };
}
/// The same in the copy that $MFTMirr holds of records 0 to 3, which lies 16 clusters behind.
template <std::unsigned_integral T>
Damage both(std::uint32_t record, std::uint32_t type, std::size_t offset, T value) {
  return [=](Buffer& bytes) {
    const std::size_t at = test::ntfs_attribute(bytes, record, type) + offset;
    put_little_endian<T>(bytes, at, value);
    put_little_endian<T>(bytes, at + 16UL * 512, value);
  };
}

constexpr std::size_t table = 2048;  // $MFT
constexpr std::size_t root = 34UL * 512;

const std::vector<WrongField>& wrong_fields() {
  static const std::vector<WrongField> all{
      {"fat16", "raw clean: ", set8(0, 0)},
      {"fat16", "raw clean: ", set16(11, 513)},
      {"fat16", "raw clean: ", set16(11, 8192)},
      {"fat16", "raw clean: ", set8(13, 0)},
      {"fat16", "raw clean: ", set8(13, 3)},
      {"fat16", "raw clean: ", set16(14, 0)},
      {"fat16", "raw clean: ", set8(16, 0)},
      {"fat16", "raw clean: ", set8(16, 5)},
      {"fat16", "raw clean: ", set8(21, 0x12)},
      {"fat16", "raw clean: ", set16(510, 0)},
      {"fat16", "FAT boot sector: root entries", set16(17, 0)},
      {"fat16", "FAT boot sector: number of sectors", set16(19, 42)},
      {"fat16", "FAT boot sector: volume larger than partition", set16(19, 5043)},
      {"fat16", "fat16 dirty: not unmounted (clean bit of FAT entry 1)", set16(514, 0x7fff)},
      {"fat16", "fat16 dirty: I/O errors were met (error bit of FAT entry 1)", set16(514, 0xbfff)},
      {"fat16", "fat16 dirty: dirty bit in the boot sector", set8(37, 1)},
      {"fat32", "FAT boot sector: FAT size", set32(36, 0)},
      {"fat32", "FAT boot sector: root entries", set16(17, 16)},
      {"fat32", "FAT boot sector: FAT32 version", set16(42, 1)},
      {"fat32", "FAT boot sector: active FAT", set16(40, 0x82)},
      {"fat32", "FAT boot sector: volume larger than partition", set32(32, UINT32_MAX)},

      {"exfat", "raw clean: ", set8(3, 'e')},
      {"exfat", "exFAT boot sector: signature", set16(510, 0)},
      {"exfat", "exFAT boot sector: bytes per sector", set8(108, 8)},
      {"exfat", "exFAT boot sector: bytes per sector", set8(108, 13)},
      {"exfat", "exFAT boot sector: sectors per cluster", set8(109, 17)},
      {"exfat", "exFAT boot sector: volume larger than partition", set64(72, 50)},
      {"exfat", "exFAT boot sector: volume larger than partition", set64(72, UINT64_MAX)},
      {"exfat", "exFAT boot sector: FAT", set32(80, 23)},
      {"exfat", "exFAT boot sector: FAT", set32(84, 0)},
      {"exfat", "exFAT boot sector: cluster heap", set32(84, 9)},
      {"exfat", "exFAT boot sector: cluster heap", set32(88, 24)},
      {"exfat", "exFAT boot sector: cluster heap", set32(88, 50)},
      {"exfat", "exFAT boot sector: cluster heap", set32(92, 18)},
      {"exfat", "exFAT boot sector: cluster heap", set32(92, 0)},
      {"exfat", "exFAT: cluster number", sealed(set32(96, 1))},
      {"exfat", "exFAT: cluster number", sealed(set32(96, 19))},
      {"exfat", "exFAT boot region: checksum", set32(100, 1)},
      {"exfat", "exFAT boot region: checksum", set8(9 * 512, 1)},
      {"exfat", "exFAT boot region: checksum", set8(11 * 512, 0xff)},
      {"exfat", "exfat unsupported: revision 2", sealed(set16(104, 0x200))},
      {"exfat", "exfat unsupported: TexFAT: 2 FATs", sealed(set8(110, 2))},
      {"exfat", "exfat unsupported: TexFAT: 0 FATs", sealed(set8(110, 0))},
      {"exfat", "exfat dirty: VolumeDirty flag", set16(106, 2)},
      {"exfat", "exfat dirty: MediaFailure flag", set16(106, 4)},
      {"exfat", "exFAT root: no allocation bitmap", set8(root, 0x01)},
      {"exfat", "exFAT root: no allocation bitmap", set8(root + 1, 1)},
      {"exfat", "exFAT root: no up-case table", set8(root + 32, 0x02)},
      {"exfat", "exFAT root: two allocation bitmaps", set8(root + 32, 0x81)},
      {"exfat", "exFAT allocation bitmap: length", set64(root + 24, 2)},
      {"exfat", "exFAT: cluster number", set32(root + 20, 19)},

      {"ntfs", "raw clean: ", set8(3, 0)},
      {"ntfs", "NTFS boot sector: bytes per sector", set16(11, 0)},
      {"ntfs", "NTFS boot sector: bytes per sector", set16(11, 8192)},
      {"ntfs", "NTFS boot sector: cluster size", set8(13, 0)},
      {"ntfs", "NTFS boot sector: cluster size", set8(13, 3)},
      {"ntfs", "NTFS boot sector: cluster size", set8(13, 0x81)},
      {"ntfs", "NTFS boot sector: cluster size", set8(13, 0xf3)},
      {"ntfs", "NTFS boot sector: record size", set8(64, 0)},
      {"ntfs", "NTFS boot sector: record size", set8(64, 0x80)},
      {"ntfs", "NTFS boot sector: record size", set8(64, 0xf8)},
      {"ntfs", "NTFS boot sector: volume larger than partition", set64(40, 8202)},
      {"ntfs", "NTFS boot sector: volume larger than partition", set64(40, UINT64_MAX)},
      {"ntfs", "NTFS boot sector: first cluster of $MFT", set64(48, 0)},
      {"ntfs", "NTFS boot sector: first cluster of $MFT", set64(48, 8200)},
      {"ntfs", "NTFS record 0", set8(table, 'B')},
      {"ntfs", "NTFS record 6", set8(table + 6 * 1024, 'B')},
      {"ntfs", "NTFS record: update sequence", set8(table + 6 * 1024 + 510, 2)},
      {"ntfs", "NTFS $MFT: no data", attribute<std::uint32_t>(0, 0x80, 0, 0x30)},
      {"ntfs", "NTFS attribute: length", attribute<std::uint32_t>(0, 0x80, 4, 16)},
      {"ntfs", "NTFS attribute: length", attribute<std::uint32_t>(0, 0x80, 4, 68)},
      {"ntfs", "NTFS attribute: length", attribute<std::uint32_t>(0, 0x80, 4, 1024)},
      {"ntfs", "NTFS attribute: name", attribute<std::uint8_t>(0, 0x80, 9, 255)},
      {"ntfs", "NTFS run list", attribute<std::uint64_t>(0, 0x80, 16, 1)},
      {"ntfs", "NTFS run list", attribute<std::uint64_t>(0, 0x80, 24, 14)},
      {"ntfs", "NTFS run list", attribute<std::uint16_t>(0, 0x80, 66, 8190)},
      {"ntfs", "NTFS run list", attribute<std::uint8_t>(0, 0x80, 64, 0x20)},
      {"ntfs", "NTFS system file: sparse", attribute<std::uint32_t>(0, 0x80, 64, 0x1001)},
      {"ntfs", "NTFS system file: size", attribute<std::uint64_t>(0, 0x80, 48, 8193)},
      {"ntfs", "NTFS $MFTMirr: no data", both<std::uint32_t>(1, 0x80, 0, 0x30)},
      {"ntfs", "NTFS $MFTMirr: update sequence", both<std::uint16_t>(1, 0x80, 66, 30)},
      {"ntfs", "NTFS $MFTMirr: record 2 is not that of $MFT", set8(20 * 512 + 2048 + 100, 1)},
      {"ntfs", "NTFS $LogFile: no data", both<std::uint32_t>(2, 0x80, 0, 0x30)},
      {"ntfs", "ntfs journal: $LogFile was not closed", set8(28 * 512, 0)},
      {"ntfs", "NTFS $Volume: no volume information", both<std::uint32_t>(3, 0x70, 0, 0x60)},
      {"ntfs", "ntfs unsupported: NTFS version is neither 1 nor 3",
       both<std::uint8_t>(3, 0x70, 24 + 8, 2)},
      {"ntfs", "ntfs dirty: dirty flag of $Volume", both<std::uint16_t>(3, 0x70, 24 + 10, 0x8001)},
      {"ntfs", "NTFS root directory", attribute<std::uint32_t>(5, 0x90, 0, 0x80)},
      {"ntfs", "NTFS root directory", attribute<std::uint32_t>(5, 0x90, 16, 12)},
      {"ntfs", "NTFS index entry", attribute<std::uint32_t>(5, 0x90, 32 + 20, 1024)},
      {"ntfs", "NTFS attribute: value", attribute<std::uint32_t>(6, 0x20, 16, 1024)},
      {"ntfs", "NTFS attribute list", attribute<std::uint16_t>(6, 0x20, 24 + 4, 25)},
      {"ntfs", "NTFS attribute list", attribute<std::uint16_t>(6, 0x20, 24 + 4, 128)},
      {"ntfs", "NTFS attribute list: record", attribute<std::uint8_t>(6, 0x20, 24 + 48, 5)},
      {"ntfs", "NTFS record 7", set8(table + 7 * 1024, 'B')},
      {"ntfs", "NTFS stream: end", attribute<std::uint16_t>(6, 0x20, 24 + 48, 4096)},
      {"ntfs", "NTFS attribute list: record", set8(table + 7 * 1024 + 32, 5)},
      {"ntfs", "NTFS attribute list: entry without attribute",
       attribute<std::uint64_t>(6, 0x20, 24 + 40, 3)},
      {"ntfs", "NTFS attribute list: entry without attribute",
       attribute<std::uint32_t>(7, 0x80, 0, 0x30)},
      {"ntfs", "NTFS run list", attribute<std::uint8_t>(7, 0x80, 65, 2)},
      {"ntfs", "NTFS system file: size", attribute<std::uint32_t>(6, 0x20, 24 + 32, 0x30)},
      {"ntfs", "NTFS $Bitmap: size", attribute<std::uint64_t>(6, 0x80, 48, 1024)},

      {"ext2", "raw clean: ", set16(1024 + 56, 0)},
      {"ext2", "ext superblock: block size", set32(1024 + 24, 7)},
      {"ext2", "ext superblock: block size", set32(1024 + 24, UINT32_MAX)},
      {"ext2", "ext superblock: volume larger than partition", set32(1024 + 4, 258)},
      {"ext2", "ext superblock: blocks", set32(1024 + 4, 1)},
      {"ext2", "ext superblock: first data block", set32(1024 + 20, 2)},
      {"ext2", "ext superblock: blocks per group", set32(1024 + 32, 0)},
      {"ext2", "ext superblock: blocks per group", set32(1024 + 32, 8200)},
      {"ext2", "ext superblock: blocks per group", set32(1024 + 32, 260)},
      {"ext2", "ext superblock: inodes per group", set32(1024 + 40, 0)},
      {"ext2", "ext superblock: inodes per group", set32(1024 + 40, 8193)},
      {"ext2", "ext superblock: inode size", set16(1024 + 88, 0)},
      {"ext2", "ext superblock: inode size", set16(1024 + 88, 2048)},
      {"ext2", "ext superblock: reserved GDT blocks", set16(1024 + 206, 257)},
      {"ext2", "ext4 damaged: ext superblock: descriptor size",
       set32(1024 + 96, ext::incompat_64bit)},
      {"ext2", "ext4 damaged: ext superblock: cluster size",
       [](Buffer& bytes) {
         put_little_endian<std::uint32_t>(bytes, 1024 + 100, ext::ro_compat_bigalloc);
         put_little_endian<std::uint32_t>(bytes, 1024 + 28, 17);
       }},
      {"ext2", "ext4 damaged: ext superblock: checksum type",
       set32(1024 + 100, ext::ro_compat_metadata_checksum)},
      {"ext2", "ext4 damaged: ext superblock: checksum",
       [](Buffer& bytes) {
         bytes[1024 + 373] = std::byte{1};
         put_little_endian<std::uint32_t>(bytes, 1024 + 100, ext::ro_compat_metadata_checksum);
       }},
      {"ext2", "ext4 damaged: ext group descriptor: checksum of group 0",
       set32(1024 + 100, ext::ro_compat_gdt_checksum)},
      {"ext2", "ext4 damaged: ext superblock: MMP block",
       [](Buffer& bytes) {
         put_little_endian<std::uint32_t>(bytes, 1024 + 96, ext::incompat_mmp);
         put_little_endian<std::uint64_t>(bytes, 1024 + 360, 257);
       }},
      {"ext2", "ext4 damaged: ext MMP block: magic", set32(1024 + 96, ext::incompat_mmp)},
      {"ext2", "ext group descriptor: block of group 0", set32(2048, 0)},
      {"ext2", "ext group descriptor: block of group 0", set32(2048 + 4, 257)},
      {"ext2", "ext group descriptor: block of group 0", set32(2048 + 8, UINT32_MAX)},
      {"ext2", "ext2 dirty: not cleanly unmounted", set16(1024 + 58, 0)},
      {"ext2", "ext2 dirty: errors were found (state ERROR_FS)", set16(1024 + 58, 3)},
      {"ext2", "ext3 journal: journal needs recovery",
       [](Buffer& bytes) {
         put_little_endian<std::uint32_t>(bytes, 1024 + 92, ext::compat_has_journal);
         put_little_endian<std::uint32_t>(bytes, 1024 + 96, ext::incompat_recover);
       }},
      {"ext2", "ext4 unsupported: features unknown here: incompat 0x00000001", set32(1024 + 96, 1)},
      {"ext2", "ext2 unsupported: features unknown here: compat 0x00000040", set32(1024 + 92, 64)},

      {"xfs", "raw clean: ", set8(0, 0)},
      {"xfs", "XFS superblock: block size", big32(4, 0)},
      {"xfs", "XFS superblock: block size", big32(4, 131072)},
      {"xfs", "XFS superblock: volume larger than partition", big64(8, 129)},
      {"xfs", "XFS superblock: volume larger than partition", big64(8, UINT64_MAX)},
      {"xfs", "XFS superblock: allocation groups", big32(84, 0)},
      {"xfs", "XFS superblock: allocation groups", big32(88, 2)},
      {"xfs", "XFS superblock: bits of an AG block number", set8(124, 63)},
      {"xfs", "XFS superblock: log", big64(48, 128)},
      {"xfs", "XFS superblock: log", big32(96, 65)},
      {"xfs", "XFS superblock: sector size", big16(102, 500)},
      {"xfs", "XFS superblock: mkfs did not finish", set8(126, 1)},
      {"xfs", "XFS superblock: checksum", big16(100, 5)},
      {"xfs", "xfs unsupported: unknown here: version 6", big16(100, 6)},
      {"xfs", "xfs unsupported: log on another device", big64(48, 0)},
      {"xfs", "xfs journal: log does not end with an unmount record", big32(64 * 512, 1)},
      {"xfs", "XFS AGF: magic", set8(512, 0)},
      {"xfs", "XFS AGF: magic", big32(512 + 4, 2)},
      {"xfs", "XFS AGF: number or length", big32(512 + 8, 1)},
      {"xfs", "XFS AGF: number or length", big32(512 + 12, 127)},
      {"xfs", "XFS AGF: levels", big32(512 + 28, 0)},
      {"xfs", "XFS AGF: levels", big32(512 + 28, 10)},
      {"xfs", "XFS tree block: number", big32(512 + 16, 128)},
      {"xfs", "XFS tree block: magic", set8(4 * 512, 0)},
      {"xfs", "XFS tree block: level", big16(4 * 512 + 4, 2)},
      {"xfs", "XFS tree block: records", big16(4 * 512 + 6, 0)},
      {"xfs", "XFS tree block: number", big32(4 * 512 + 16 + 41 * 8, 128)},
      {"xfs", "XFS tree block: magic", set8(5 * 512, 0)},
      {"xfs", "XFS tree block: level", big16(5 * 512 + 4, 1)},
      {"xfs", "XFS tree block: records", big16(5 * 512 + 6, 0)},
      {"xfs", "XFS tree block: number", big32(5 * 512 + 12, 128)},
      {"xfs", "XFS free extent", big32(5 * 512 + 12, 5)},
      {"xfs", "XFS free extent", big32(5 * 512 + 20, 0)},
      {"xfs", "XFS free extent", big32(5 * 512 + 20, 89)},
      {"xfs", "XFS free extent", big32(6 * 512 + 16, 23)},
      {"xfs", "XFS free extent", big32(6 * 512 + 20, 25)},

      {"swap", "raw clean: ", set8(4086, 0)},
      {"swap", "swap header: version", set32(1024, 2)},
      {"swap", "swap header: last page", set32(1028, 0)},
      {"swap", "swap header: larger than partition", set32(1028, 2)},
      {"swap", "swap header: larger than partition", set32(1028, UINT32_MAX)},
      {"swap", "swap clean: ",
       [](Buffer& bytes) {
         test::put_big_endian<std::uint32_t>(bytes, 1024, 1);
         test::put_big_endian<std::uint32_t>(bytes, 1028, 1);
       }},
      {"swap", "swap hibernated: a Linux system is hibernated in this swap area",
       [](Buffer& bytes) { test::put_text(bytes, 4086, "S2SUSPEND"); }},
  };
  return all;
}

class WrongFieldOfVolume : public testing::TestWithParam<WrongField> {};

TEST_P(WrongFieldOfVolume, IsNamed) {
  const WrongField& row = GetParam();
  Buffer bytes = volume_of(row.type).make();
  row.damage(bytes);
  const std::string said = verdict(judge(bytes));
  const std::string reason = std::string(row.type) + " damaged: " + row.says;
  EXPECT_TRUE(said == row.says || said == reason) << said << "\ninstead of " << row.says;
}

INSTANTIATE_TEST_SUITE_P(FileSystem, WrongFieldOfVolume, testing::ValuesIn(wrong_fields()),
                         [](const auto& info) {
                           return std::string(info.param.type) + "_" + std::to_string(info.index);
                         });

TEST(NtfsRecord, CutOffAtAnyLengthIsRefused) {
  const Buffer volume = test::ntfs_volume();
  for (std::uint32_t number = 0; number < 8; number++) {
    const Bytes record = Bytes(volume).subspan(table + number * 1024, 1024);
    const auto used = little_endian<std::uint32_t>(record, 24, "length");
    EXPECT_NO_THROW((void)parse_ntfs_attributes(record.first(used)));
    for (std::size_t length = 0; length < used - 4; length++) {
      EXPECT_THROW((void)parse_ntfs_attributes(record.first(length)), FormatError) << length;
    }
  }
}

}  // namespace
}  // namespace nacre
