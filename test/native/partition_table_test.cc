#include <gtest/gtest.h>

#include <algorithm>

#include "core/partition_table/crc32.h"
#include "core/partition_table/gpt.h"
#include "core/partition_table/mbr.h"
#include "core/partition_table/table.h"
#include "table_disk.h"

namespace nacre {
namespace {

constexpr std::uint64_t mib = 1U << 20U;

TEST(Crc32, MatchesTheCheckValueOfTheAlgorithm) {
  const std::string_view text = "123456789";
  EXPECT_EQ(crc32({reinterpret_cast<const std::byte*>(text.data()), text.size()}), 0xcbf43926U);
  EXPECT_EQ(crc32({}), 0U);
}

TEST(Guid, TextAndBytesAreOneAnother) {
  const std::string text = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
  const Guid guid = parse_guid(text);
  EXPECT_EQ(guid[0], std::byte{0x28});
  EXPECT_EQ(guid_text(guid), text);
  EXPECT_EQ(parse_guid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B"), guid);
}

TEST(Guid, AnythingElseIsRefused) {
  for (const char* text :
       {"", "c12a7328", "c12a7328-f81f-11d2-ba4b-00a0c93ec93",
        "c12a7328xf81f-11d2-ba4b-00a0c93ec93b", "g12a7328-f81f-11d2-ba4b-00a0c93ec93b"}) {
    EXPECT_THROW(static_cast<void>(parse_guid(text)), FormatError) << text;
  }
}

TEST(Chs, FollowsTheGeometryOf255HeadsAnd63Sectors) {
  using Chs = std::array<std::byte, 3>;
  EXPECT_EQ(chs_of(0), (Chs{std::byte{0}, std::byte{1}, std::byte{0}}));
  EXPECT_EQ(chs_of(63), (Chs{std::byte{1}, std::byte{1}, std::byte{0}}));
  EXPECT_EQ(chs_of(2048), (Chs{std::byte{32}, std::byte{33}, std::byte{0}}));
  EXPECT_EQ(chs_of(1024ULL * 255 * 63 - 1),
            (Chs{std::byte{254}, std::byte{63 | 0xc0}, std::byte{0xff}}));
  EXPECT_EQ(chs_of(1024ULL * 255 * 63), (Chs{std::byte{0xfe}, std::byte{0xff}, std::byte{0xff}}));
}

class EveryTable : public testing::TestWithParam<NamedTable> {};

TEST_P(EveryTable, IsReadAsItWasWritten) {
  MemoryDisk disk(GetParam().sector_count * GetParam().sector_size);
  disk.write_table(GetParam().table, GetParam().sector_size);
  expect_same(disk.read_table(GetParam().sector_size), GetParam().table);
}

TEST_P(EveryTable, LeavesTheOldOrTheNewTableAfterEachStep) {
  const NamedTable& to = GetParam();
  std::vector<NamedTable> before = sample_tables();
  before.push_back({"None", to.sector_size, to.sector_count, {}});
  for (const NamedTable& from : before) {
    if (from.sector_size != to.sector_size || from.sector_count != to.sector_count) continue;
    if (!is_mixture_free(from.table, to.table)) continue;
    MemoryDisk disk(to.sector_count * to.sector_size);
    disk.write_table(from.table, to.sector_size);
    for (const WriteStep& step :
         plan_partition_table_write(disk, to.sector_size, to.table, std::nullopt)) {
      disk.apply(step);
      const PartitionTable found = disk.read_table(to.sector_size);
      EXPECT_TRUE(is_same(found, from.table) || is_same(found, to.table))
          << from.name << " -> " << to.name << " after " << step.what;
    }
    expect_same(disk.read_table(to.sector_size), to.table);
  }
}

TEST_P(EveryTable, KeepsBootCodeUnlessItIsGiven) {
  const auto& [name, sector_size, sector_count, table] = GetParam();
  MemoryDisk disk(sector_count * sector_size);
  std::fill_n(disk.bytes().begin(), boot_code_size, std::byte{0x90});
  disk.write_table(table, sector_size);
  EXPECT_TRUE(std::all_of(disk.bytes().begin(), disk.bytes().begin() + boot_code_size,
                          [](std::byte byte) { return byte == std::byte{0x90}; }));
  BootCode code;
  code.emplace();
  code->fill(std::byte{0xc3});
  for (const WriteStep& step : plan_partition_table_write(disk, sector_size, table, code)) {
    disk.apply(step);
  }
  EXPECT_EQ(disk.bytes()[boot_code_size - 1], std::byte{0xc3});
}

TEST_P(EveryTable, SurvivesBeingCutOffAnywhere) {
  MemoryDisk disk(GetParam().sector_count * GetParam().sector_size);
  disk.write_table(GetParam().table, GetParam().sector_size);
  const Bytes whole = disk.bytes();
  for (std::size_t length = 0; length < whole.size(); length += length < 20'000 ? 509 : 99'991) {
    const MemoryReader part(whole.first(length));
    EXPECT_NO_THROW(static_cast<void>(read_partition_table(part, GetParam().sector_size)));
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, EveryTable, testing::ValuesIn(sample_tables()),
                         [](const auto& info) { return info.param.name; });

PartitionTable gpt_of_one() { return gpt({gpt_entry(1, 2048, 4095)}); }

// A disk with a GPT on which one field of the primary header was changed, with a right checksum.
PartitionTable with_header_field(std::size_t offset, std::uint64_t value, std::size_t width) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  const MutableBytes header = disk.bytes().subspan(512, 512);
  for (std::size_t i = 0; i < width; i++) {
    header[offset + i] = static_cast<std::byte>(value >> (8 * i));
  }
  if (offset != 16) {
    put_little_endian<std::uint32_t>(header, 16, 0);
    put_little_endian(header, 16, crc32(Bytes(header).first(92)));
  }
  return disk.read_table(512);
}

struct Field {
  const char* name;
  std::size_t offset;
  std::size_t width;
  std::uint64_t value;
};

class HeaderField : public testing::TestWithParam<Field> {};

TEST_P(HeaderField, WithAWrongValueMakesTheBackupCount) {
  const auto& [name, offset, width, value] = GetParam();
  const PartitionTable table = with_header_field(offset, value, width);
  EXPECT_EQ(table.type, TableType::gpt);
  ASSERT_EQ(table.entries.size(), 1U);
  ASSERT_FALSE(table.problems.empty());
  EXPECT_FALSE(table.problems[0].is_fatal);
  EXPECT_NE(table.problems[0].text.find("the backup GPT is used"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Gpt, HeaderField,
    testing::Values(Field{"Signature", 0, 1, 'X'}, Field{"Revision", 10, 2, 2},
                    Field{"HeaderSizeSmall", 12, 4, 91}, Field{"HeaderSizeLarge", 12, 4, 513},
                    Field{"HeaderCrc", 16, 4, 0}, Field{"OwnLba", 24, 8, 2},
                    Field{"UsableOrder", 40, 8, ~0ULL}, Field{"EntriesInHeader", 72, 8, 1},
                    Field{"EntriesBehindDisk", 72, 8, 1ULL << 62U},
                    Field{"EntriesAtEnd", 72, 8, 16383}, Field{"NoEntries", 80, 4, 0},
                    Field{"ManyEntries", 80, 4, 0x80000000U}, Field{"EntrySizeSmall", 84, 4, 64},
                    Field{"EntrySizeOdd", 84, 4, 192}, Field{"EntrySizeLarge", 84, 4, 8192},
                    Field{"EntriesCrc", 88, 4, 1}),
    [](const auto& info) { return info.param.name; });

TEST(Gpt, WithBothCopiesDamagedIsFatal) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  disk.bytes()[512 + 60] ^= std::byte{1};
  disk.bytes()[8 * mib - 512 + 60] ^= std::byte{1};
  const PartitionTable table = disk.read_table(512);
  EXPECT_EQ(table.type, TableType::gpt);
  EXPECT_TRUE(std::any_of(table.problems.begin(), table.problems.end(),
                          [](const TableProblem& problem) { return problem.is_fatal; }));
}

TEST(Gpt, WithADamagedBackupIsReadWithANote) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  disk.bytes()[8 * mib - 33 * 512] ^= std::byte{1};
  const PartitionTable table = disk.read_table(512);
  EXPECT_EQ(table.entries.size(), 1U);
  ASSERT_EQ(table.problems.size(), 1U);
  EXPECT_FALSE(table.problems[0].is_fatal);
}

TEST(Gpt, OnADiskThatGrewIsReadWithANoteAndMovesItsBackup) {
  MemoryDisk small(8 * mib);
  small.write_table(gpt_of_one(), 512);
  MemoryDisk disk(16 * mib);
  std::copy(small.bytes().begin(), small.bytes().end(), disk.bytes().begin());
  PartitionTable table = disk.read_table(512);
  ASSERT_EQ(table.problems.size(), 1U);
  EXPECT_NE(table.problems[0].text.find("not at the end"), std::string::npos);
  disk.write_table(table, 512);
  EXPECT_TRUE(disk.read_table(512).problems.empty());
  EXPECT_TRUE(is_gpt_header(disk, 512, 16 * mib / 512 - 1));
}

TEST(Gpt, WithoutAProtectiveMbrIsNotUsed) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  std::fill_n(disk.bytes().begin(), 512, std::byte{0});
  EXPECT_EQ(disk.read_table(512).type, TableType::none);
  EXPECT_FALSE(disk.read_table(512).problems.empty());
}

TEST(Gpt, WithAHybridMbrIsReadWithANote) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  put_row(disk.bytes().first(512), 1,
          {.status = 0, .type = 0x83, .first_lba = 2048, .sector_count = 2048}, 0);
  const PartitionTable table = disk.read_table(512);
  EXPECT_EQ(table.type, TableType::gpt);
  ASSERT_EQ(table.problems.size(), 1U);
  EXPECT_NE(table.problems[0].text.find("hybrid"), std::string::npos);
}

TEST(Gpt, WithEntriesOf256BytesIsRead) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt({gpt_entry(1, 2048, 4095), gpt_entry(2, 4096, 8191)}), 512);
  // Spread the entries of both copies: 64 of 256 bytes fill the room of 128 of 128 bytes.
  for (const std::uint64_t lba : {std::uint64_t{2}, 8 * mib / 512 - 33}) {
    const MutableBytes entries = disk.bytes().subspan(lba * 512, 16384);
    std::copy_n(entries.begin() + 128, 128, entries.begin() + 256);
    std::fill_n(entries.begin() + 128, 128, std::byte{0});
  }
  const std::uint32_t entries_crc = crc32(Bytes(disk.bytes()).subspan(1024, 16384));
  for (const std::uint64_t lba : {std::uint64_t{1}, 8 * mib / 512 - 1}) {
    const MutableBytes header = disk.bytes().subspan(lba * 512, 512);
    put_little_endian<std::uint32_t>(header, 80, 64);
    put_little_endian<std::uint32_t>(header, 84, 256);
    put_little_endian(header, 88, entries_crc);
    put_little_endian<std::uint32_t>(header, 16, 0);
    put_little_endian(header, 16, crc32(Bytes(header).first(92)));
  }
  const PartitionTable table = disk.read_table(512);
  EXPECT_TRUE(table.problems.empty());
  EXPECT_EQ(table.entry_count, 64U);
  ASSERT_EQ(table.entries.size(), 2U);
  EXPECT_EQ(table.entries[1].first_lba, 4096U);
}

TEST(Gpt, KeepsEntriesThatLieElsewhere) {
  PartitionTable table = gpt_of_one();
  table.entries_lba = 40;
  table.is_protective_active = true;
  MemoryDisk disk(8 * mib);
  disk.write_table(table, 512);
  expect_same(disk.read_table(512), table);
}

TEST(Gpt, IsFoundByItsSectorSize) {
  for (const std::uint32_t sector_size : {512U, 4096U}) {
    MemoryDisk disk(8 * mib);
    disk.write_table(gpt({gpt_entry(1, 512, 1023)}), sector_size);
    EXPECT_EQ(probe_sector_size(disk), sector_size);
    std::fill_n(disk.bytes().begin() + sector_size, 92, std::byte{0});
    EXPECT_EQ(probe_sector_size(disk), sector_size) << "by its backup";
  }
  EXPECT_EQ(probe_sector_size(MemoryDisk(mib)), 512U);
  EXPECT_EQ(probe_sector_size(MemoryDisk(0)), 512U);
}

TEST(NoTable, IsPlannedAsNoWriteAtAll) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  EXPECT_TRUE(plan_partition_table_write(disk, 512, PartitionTable{}).empty());
}

TEST(Mbr, RemovesTheHeadersOfTheGptItReplaces) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  disk.write_table(mbr({mbr_entry(1, 2048, 4095)}), 512);
  EXPECT_FALSE(has_gpt_signature(disk.bytes().subspan(512, 512)));
  EXPECT_FALSE(has_gpt_signature(disk.bytes().last(512)));
  EXPECT_TRUE(disk.read_table(512).problems.empty());
}

TEST(Mbr, DoesNotWipeAnOldHeaderInsideAPartition) {
  MemoryDisk disk(8 * mib);
  disk.write_table(gpt_of_one(), 512);
  disk.write_table(mbr({mbr_entry(1, 1, 8 * mib / 512 - 1)}), 512);
  EXPECT_TRUE(has_gpt_signature(disk.bytes().subspan(512, 512)));
  EXPECT_TRUE(has_gpt_signature(disk.bytes().last(512)));
}

bool is_fatal(const PartitionTable& table, const std::string& text) {
  return std::any_of(table.problems.begin(), table.problems.end(), [&](const TableProblem& one) {
    return one.is_fatal && one.text.find(text) != std::string::npos;
  });
}

TEST(Mbr, WithAWrongStatusIsDamaged) {
  MemoryDisk disk(8 * mib);
  disk.write_table(mbr({mbr_entry(1, 2048, 4095)}), 512);
  disk.bytes()[446] = std::byte{0x81};
  EXPECT_TRUE(is_fatal(disk.read_table(512), "status"));
}

TEST(Mbr, WithAPartitionBehindTheDiskIsDamaged) {
  MemoryDisk disk(8 * mib);
  disk.write_table(mbr({mbr_entry(1, 2048, 4095)}), 512);
  put_little_endian<std::uint32_t>(disk.bytes(), 446 + 12, 0xffffffffU);
  EXPECT_TRUE(is_fatal(disk.read_table(512), "ends at LBA"));
}

TEST(Mbr, WithOverlappingPartitionsIsDamaged) {
  MemoryDisk disk(8 * mib);
  disk.write_table(mbr({mbr_entry(1, 2048, 4095), mbr_entry(2, 4096, 8191)}), 512);
  put_little_endian<std::uint32_t>(disk.bytes(), 462 + 8, 4095);
  EXPECT_TRUE(is_fatal(disk.read_table(512), "overlaps"));
}

TEST(Mbr, WithoutItsSignatureIsNoTable) {
  MemoryDisk disk(8 * mib);
  disk.write_table(mbr({mbr_entry(1, 2048, 4095)}), 512);
  disk.bytes()[511] = std::byte{0};
  EXPECT_EQ(disk.read_table(512).type, TableType::none);
}

TEST(Mbr, WithTwoExtendedPartitionsIsDamaged) {
  MemoryDisk disk(8 * mib);
  disk.write_table(extended_table(1), 512);
  put_row(disk.bytes().first(512), 3,
          {.status = 0, .type = 0x05, .first_lba = 12288, .sector_count = 100}, 0);
  EXPECT_TRUE(is_fatal(disk.read_table(512), "second extended"));
}

// The disk of extended_table(3), and where its chain's records lie.
struct ChainDisk {
  MemoryDisk disk{16 * mib};
  std::vector<std::uint64_t> records;

  ChainDisk() {
    const PartitionTable table = extended_table(3);
    disk.write_table(table, 512);
    records = place_ebrs(table);
  }
  MutableBytes record(std::size_t index) { return disk.bytes().subspan(records[index] * 512, 512); }
};

TEST(Chain, ThatLoopsIsDamaged) {
  ChainDisk chain;
  put_little_endian<std::uint32_t>(chain.record(2), 462 + 8, 0);
  put_little_endian<std::uint32_t>(chain.record(2), 462 + 12, 1);
  chain.record(2)[462 + 4] = std::byte{0x05};
  EXPECT_TRUE(is_fatal(chain.disk.read_table(512), "linked twice"));
}

TEST(Chain, ThatLosesASignatureIsDamaged) {
  ChainDisk chain;
  chain.record(1)[510] = std::byte{0};
  EXPECT_TRUE(is_fatal(chain.disk.read_table(512), "does not end in 55 AA"));
}

TEST(Chain, ThatLeavesTheExtendedPartitionIsDamaged) {
  ChainDisk chain;
  put_little_endian<std::uint32_t>(chain.record(0), 462 + 8, 0x7fffffffU);
  EXPECT_TRUE(is_fatal(chain.disk.read_table(512), "outside the extended"));
}

TEST(Chain, WithTwoPartitionsInOneRecordIsDamaged) {
  ChainDisk chain;
  put_row(chain.record(2), 2, {.status = 0, .type = 0x83, .first_lba = 3000, .sector_count = 1}, 0);
  EXPECT_TRUE(is_fatal(chain.disk.read_table(512), "more than one"));
}

TEST(Chain, WithAnEmptyRecordInBetweenGoesOn) {
  ChainDisk chain;
  std::fill_n(chain.record(1).begin() + 446, 16, std::byte{0});
  const PartitionTable table = chain.disk.read_table(512);
  EXPECT_TRUE(table.problems.empty());
  EXPECT_EQ(table.entries.size(), 4U);
  EXPECT_EQ(table.entries.back().number, 6U);
}

TEST(Chain, OfTooManyRecordsEnds) {
  MemoryDisk disk(4 * mib);
  disk.write_table(mbr({mbr_entry(1, 1, 4 * mib / 512 - 1, EntryKind::extended)}), 512);
  for (std::uint32_t lba = 1; lba < 1000; lba++) {
    const MutableBytes sector = disk.bytes().subspan(lba * 512, 512);
    put_row(sector, 1, {.status = 0, .type = 0x05, .first_lba = lba, .sector_count = 1}, 0);
    put_boot_signature(sector);
  }
  EXPECT_TRUE(is_fatal(disk.read_table(512), "one too many"));
}

TEST(Chain, PutsRecordsWhereTheyWere) {
  PartitionTable table = extended_table(2);
  table.entries[3].ebr_lba = table.entries[3].first_lba - 7;
  EXPECT_EQ(place_ebrs(table)[1], table.entries[3].first_lba - 7);
}

TEST(Chain, FindsTheOnlyFreeSector) {
  PartitionTable table =
      mbr({mbr_entry(1, 100, 400, EntryKind::extended), mbr_entry(5, 101, 200, EntryKind::logical),
           mbr_entry(6, 202, 400, EntryKind::logical)});
  EXPECT_EQ(place_ebrs(table), (std::vector<std::uint64_t>{100, 201}));
  table.entries[2].first_lba = 201;
  EXPECT_THROW(static_cast<void>(place_ebrs(table)), CodedError);
}

struct BadTable {
  std::string name;
  PartitionTable table;
};

std::vector<BadTable> bad_tables() {
  const auto with = [](PartitionTable table, auto change) {
    change(table);
    return table;
  };
  const PartitionTable one = mbr({mbr_entry(1, 2048, 4095)});
  const PartitionTable two = gpt({gpt_entry(1, 2048, 4095), gpt_entry(2, 4096, 8191)});
  return {
      {"MbrNumberTwice", mbr({mbr_entry(1, 64, 99), mbr_entry(1, 100, 200)})},
      {"MbrNumberZero", mbr({mbr_entry(0, 64, 99)})},
      {"MbrNumberFive", mbr({mbr_entry(5, 64, 99)})},
      {"MbrSectorZero", mbr({mbr_entry(1, 0, 99)})},
      {"MbrBackwards", mbr({mbr_entry(1, 99, 98)})},
      {"MbrBehindDisk", mbr({mbr_entry(1, 64, 16384)})},
      {"MbrTypeZero", with(one, [](PartitionTable& table) { table.entries[0].type = 0; })},
      {"MbrTypeOfExtended", with(one, [](PartitionTable& table) { table.entries[0].type = 5; })},
      {"MbrLogicalWithoutExtended", mbr({mbr_entry(5, 64, 99, EntryKind::logical)})},
      {"MbrLogicalNumberGap",
       with(extended_table(2), [](PartitionTable& table) { table.entries[3].number = 7; })},
      {"MbrLogicalOutside", with(extended_table(2),
                                 [](PartitionTable& table) {
                                   table.entries[3].last_lba = table.entries[1].last_lba + 1;
                                 })},
      {"GptNumberTwice", with(two, [](PartitionTable& table) { table.entries[1].number = 1; })},
      {"GptNumberZero", with(two, [](PartitionTable& table) { table.entries[0].number = 0; })},
      {"GptNumberLarge", with(two, [](PartitionTable& table) { table.entries[1].number = 129; })},
      {"GptNoType", with(two, [](PartitionTable& table) { table.entries[0].type_guid = {}; })},
      {"GptLongName",
       with(two, [](PartitionTable& table) { table.entries[0].name.assign(37, u'x'); })},
      {"GptOverHeader", gpt({gpt_entry(1, 33, 99)})},
      {"GptOverBackup", gpt({gpt_entry(1, 64, 16384 - 33)})},
      {"GptOverlap", gpt({gpt_entry(1, 64, 99), gpt_entry(2, 99, 100)})},
      {"GptNoEntries", with(two, [](PartitionTable& table) { table.entry_count = 0; })},
      {"GptManyEntries", with(two, [](PartitionTable& table) { table.entry_count = 20000; })},
      {"GptEntriesBehindDisk",
       with(two, [](PartitionTable& table) { table.entries_lba = 1ULL << 62U; })},
      {"NoneWithEntries", with(one, [](PartitionTable& table) { table.type = TableType::none; })},
  };
}

TEST(Validate, RefusesEveryTableThatCannotBe) {
  const MemoryDisk disk(8 * mib);
  for (const BadTable& bad : bad_tables()) {
    EXPECT_THROW(static_cast<void>(plan_partition_table_write(disk, 512, bad.table)), CodedError)
        << bad.name;
  }
}

TEST(Validate, RefusesADiskWithoutRoom) {
  EXPECT_THROW(static_cast<void>(plan_partition_table_write(MemoryDisk(512), 512, mbr({}))),
               CodedError);
  EXPECT_THROW(static_cast<void>(plan_partition_table_write(MemoryDisk(67 * 512), 512, gpt({}))),
               CodedError);
  EXPECT_NO_THROW(
      static_cast<void>(plan_partition_table_write(MemoryDisk(69 * 512), 512, gpt({}))));
}

TEST(ReadPartitionTable, RefusesSectorSizesThatNoDiskHas) {
  for (const std::uint32_t size : {0U, 1U, 256U, 513U, 8192U}) {
    EXPECT_THROW(static_cast<void>(read_partition_table(MemoryDisk(mib), size)), FormatError);
  }
}

}  // namespace
}  // namespace nacre
