#include "table_disk.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/partition_table/gpt.h"

namespace nacre {
namespace {

constexpr std::uint64_t sample_bytes = 10U << 20U;

std::uint64_t first_of_chain(const PartitionTable& table) {
  for (const PartitionEntry& entry : table.entries) {
    if (entry.kind == EntryKind::extended) return entry.first_lba;
  }
  return 0;
}

bool is_same_entry(const PartitionEntry& one, const PartitionEntry& other) {
  return one.number == other.number && one.first_lba == other.first_lba &&
         one.last_lba == other.last_lba && one.type == other.type &&
         one.is_active == other.is_active && one.kind == other.kind &&
         one.type_guid == other.type_guid && one.guid == other.guid && one.name == other.name &&
         one.attributes == other.attributes;
}

}  // namespace

void MemoryDisk::read(std::uint64_t offset, MutableBytes target) const {
  const Bytes part = slice(bytes_, offset, target.size(), "read outside memory");
  std::copy(part.begin(), part.end(), target.begin());
}

void MemoryDisk::apply(const WriteStep& step) {
  const MutableBytes place = MutableBytes(bytes_).subspan(step.offset, step.bytes.size());
  if (step.only_over_gpt_header && !has_gpt_signature(place)) return;
  std::copy(step.bytes.begin(), step.bytes.end(), place.begin());
}

void MemoryDisk::write_table(const PartitionTable& table, std::uint32_t sector_size) {
  for (const WriteStep& step : plan_partition_table_write(*this, sector_size, table)) apply(step);
}

PartitionEntry mbr_entry(std::uint32_t number, std::uint64_t first, std::uint64_t last,
                         EntryKind kind) {
  PartitionEntry entry;
  entry.number = number;
  entry.first_lba = first;
  entry.last_lba = last;
  entry.kind = kind;
  entry.type = kind == EntryKind::extended ? 0x0f : 0x83;
  entry.is_active = number == 1;
  return entry;
}

PartitionEntry gpt_entry(std::uint32_t number, std::uint64_t first, std::uint64_t last) {
  PartitionEntry entry;
  entry.number = number;
  entry.first_lba = first;
  entry.last_lba = last;
  entry.type_guid = parse_guid("0fc63daf-8483-4772-8e79-3d69d8477de4");
  entry.guid = parse_guid("00000000-0000-4000-8000-00000000000a");
  entry.guid[15] = static_cast<std::byte>(number);
  entry.name = u"\u30c7\u30fc\u30bf " + std::u16string(number % 32, u'x');
  entry.attributes = 1ULL << 63U | number;
  return entry;
}

PartitionTable mbr(std::vector<PartitionEntry> entries) {
  PartitionTable table;
  table.type = TableType::mbr;
  table.signature = 0x1234abcd;
  table.entries = std::move(entries);
  return table;
}

PartitionTable gpt(std::vector<PartitionEntry> entries) {
  PartitionTable table;
  table.type = TableType::gpt;
  table.guid = parse_guid("01234567-89ab-cdef-0123-456789abcdef");
  table.entries = std::move(entries);
  return table;
}

PartitionTable extended_table(std::uint32_t logicals) {
  const std::uint64_t start = 4096;
  PartitionTable table =
      mbr({mbr_entry(1, 2048, start - 1),
           mbr_entry(2, start, start + 2048 * logicals + 99 + 1, EntryKind::extended)});
  for (std::uint32_t i = 0; i < logicals; i++) {
    const std::uint64_t first = start + 2048 * (i + 1) - 100;
    table.entries.push_back(mbr_entry(5 + i, first, first + 99, EntryKind::logical));
  }
  return table;
}

std::ostream& operator<<(std::ostream& out, const NamedTable& table) { return out << table.name; }

std::vector<NamedTable> sample_tables() {
  std::vector<NamedTable> samples;
  for (const std::uint32_t size : {512U, 4096U}) {
    const std::uint64_t count = sample_bytes / size;
    const std::string suffix = std::to_string(size);
    const auto add = [&](const std::string& name, PartitionTable table) {
      samples.push_back({name + suffix, size, count, std::move(table)});
    };
    add("EmptyMbr", mbr({}));
    add("Mbr", mbr({mbr_entry(1, 64, 999), mbr_entry(4, 1000, count - 1)}));
    add("EmptyGpt", gpt({}));
    add("Gpt", gpt({gpt_entry(1, 64, 999), gpt_entry(128, 1000, count - 34)}));
    PartitionTable odd = gpt({gpt_entry(3, 1000, 1999), gpt_entry(5, 64, 99)});
    odd.entry_count = 5;
    add("GptOfFiveEntries", odd);
    odd.entry_count = 200;
    add("GptOf200Entries", odd);
  }
  const std::uint64_t count = sample_bytes / 512;
  samples.push_back({"OneLogical", 512, count, extended_table(1)});
  samples.push_back({"SevenLogicals", 512, count, extended_table(7)});
  samples.push_back({"NoLogical", 512, count, extended_table(0)});
  return samples;
}

bool is_mixture_free(const PartitionTable& from, const PartitionTable& to) {
  return first_of_chain(from) == 0 || first_of_chain(from) != first_of_chain(to);
}

bool is_same(const PartitionTable& found, const PartitionTable& wanted) {
  const bool is_whole = std::none_of(found.problems.begin(), found.problems.end(),
                                     [](const TableProblem& problem) { return problem.is_fatal; });
  if (!is_whole || found.type != wanted.type || found.guid != wanted.guid) return false;
  if (found.type == TableType::mbr && found.signature != wanted.signature) return false;
  if (found.type == TableType::gpt && found.entry_count != wanted.entry_count) return false;
  return std::equal(found.entries.begin(), found.entries.end(), wanted.entries.begin(),
                    wanted.entries.end(), is_same_entry);
}

void expect_same(const PartitionTable& found, const PartitionTable& wanted) {
  EXPECT_TRUE(is_same(found, wanted));
  for (const TableProblem& problem : found.problems) ADD_FAILURE() << problem.text;
  if (wanted.type != TableType::gpt) return;
  EXPECT_EQ(found.entries_lba, wanted.entries_lba);
  EXPECT_EQ(found.is_protective_active, wanted.is_protective_active);
}

}  // namespace nacre
