#include "core/partition_table/table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/partition_table/bare_file_system.h"
#include "core/partition_table/gpt.h"
#include "core/partition_table/mbr.h"

namespace nacre {
namespace {

constexpr std::uint64_t largest_mbr_number = std::numeric_limits<std::uint32_t>::max();

std::string partition_name(const PartitionEntry& entry) {
  return "partition " + std::to_string(entry.number);
}

// What is wrong with the place of one entry; empty when it lies on the disk.
std::string place_problem(const PartitionEntry& entry, DiskShape shape) {
  if (entry.first_lba == 0) return partition_name(entry) + " begins in sector 0";
  if (entry.last_lba < entry.first_lba) return partition_name(entry) + " ends before it begins";
  if (entry.last_lba >= shape.sector_count) {
    return partition_name(entry) + " ends at LBA " + std::to_string(entry.last_lba) +
           ", the disk at " + std::to_string(shape.sector_count - 1);
  }
  return "";
}

std::string overlap_problem(std::vector<const PartitionEntry*> entries) {
  std::sort(entries.begin(), entries.end(), [](const PartitionEntry* a, const PartitionEntry* b) {
    return a->first_lba < b->first_lba;
  });
  for (std::size_t i = 1; i < entries.size(); i++) {
    if (entries[i]->first_lba <= entries[i - 1]->last_lba) {
      return partition_name(*entries[i]) + " overlaps " + partition_name(*entries[i - 1]);
    }
  }
  return "";
}

std::string logical_problem(const PartitionTable& table) {
  const auto extended =
      std::find_if(table.entries.begin(), table.entries.end(),
                   [](const PartitionEntry& entry) { return entry.kind == EntryKind::extended; });
  for (const PartitionEntry& entry : table.entries) {
    if (entry.kind != EntryKind::logical) continue;
    // The first sector of the extended partition is a boot record.
    if (extended == table.entries.end() || entry.first_lba <= extended->first_lba ||
        entry.last_lba > extended->last_lba) {
      return partition_name(entry) + " lies outside the extended partition";
    }
  }
  return "";
}

// The first thing wrong with the places of all entries: on the disk, none over another.
std::string layout_problem(const PartitionTable& table, DiskShape shape) {
  std::vector<const PartitionEntry*> outer;
  std::vector<const PartitionEntry*> logical;
  for (const PartitionEntry& entry : table.entries) {
    std::string text = place_problem(entry, shape);
    if (!text.empty()) return text;
    (entry.kind == EntryKind::logical ? logical : outer).push_back(&entry);
  }
  std::string text = overlap_problem(std::move(outer));
  if (text.empty()) text = overlap_problem(std::move(logical));
  return text.empty() ? logical_problem(table) : text;
}

std::string mbr_entry_problem(const PartitionEntry& entry, std::uint32_t next_logical) {
  const std::string name = partition_name(entry);
  if (entry.first_lba > largest_mbr_number || entry.last_lba > largest_mbr_number) {
    return name + " lies beyond what an MBR can name";
  }
  if (entry.type == 0) return name + " has the type 0";
  const BootRecordRow row{.status = 0, .type = entry.type, .first_lba = 0, .sector_count = 0};
  if (row.is_extended() != (entry.kind == EntryKind::extended)) return name + " has a wrong type";
  if (entry.kind == EntryKind::logical) {
    return entry.number == next_logical ? "" : name + " is not the next logical partition";
  }
  return entry.number >= 1 && entry.number <= 4 ? "" : name + " has a number that no row has";
}

std::string mbr_problem(const PartitionTable& table) {
  std::uint32_t next_logical = 5;
  std::uint32_t extended = 0;
  std::array<bool, 5> taken{};
  for (const PartitionEntry& entry : table.entries) {
    std::string text = mbr_entry_problem(entry, next_logical);
    if (!text.empty()) return text;
    if (entry.kind == EntryKind::extended) extended++;
    if (entry.kind == EntryKind::logical) {
      next_logical++;
    } else if (std::exchange(taken[entry.number], true)) {
      return partition_name(entry) + " occurs twice";
    }
  }
  if (extended > 1) return "there is more than one extended partition";
  return next_logical - 5 > most_logical_partitions ? "there are too many logical partitions" : "";
}

std::string gpt_entry_problem(const PartitionEntry& entry, const PartitionTable& table) {
  const std::string name = partition_name(entry);
  if (entry.number == 0 || entry.number > table.entry_count) return name + " has no entry";
  if (entry.type_guid == Guid{}) return name + " has no type";
  return entry.name.size() > gpt_name_units ? name + " has a name of more than 36 characters" : "";
}

std::string gpt_problem(const PartitionTable& table, DiskShape shape) {
  if (table.entry_count == 0 || table.entry_count > most_gpt_entries) {
    return "a GPT cannot have " + std::to_string(table.entry_count) + " entries";
  }
  const std::uint64_t sectors = gpt_entry_sectors(table, shape);
  if (table.entries_lba < 2 || table.entries_lba > shape.sector_count ||
      shape.sector_count - table.entries_lba < 2 * sectors + 2) {
    return "the disk is too small for a GPT";
  }
  std::vector<bool> taken(std::size_t{table.entry_count} + 1);
  for (const PartitionEntry& entry : table.entries) {
    std::string text = gpt_entry_problem(entry, table);
    if (!text.empty()) return text;
    if (taken[entry.number]) return partition_name(entry) + " occurs twice";
    taken[entry.number] = true;
    if (entry.first_lba < table.entries_lba + sectors ||
        entry.last_lba + 2 + sectors > shape.sector_count) {
      return partition_name(entry) + " overlaps the GPT";
    }
  }
  return "";
}

enum class Rows { empty, plausible, implausible };

// Rows of a real table are marked 00 or 80 and never begin in sector 0; text and code are not like
// that.
Rows judge_rows(Bytes sector_zero) {
  Rows judgement = Rows::empty;
  for (const BootRecordRow& row : read_rows(sector_zero)) {
    if (row.status != 0 && row.status != 0x80) return Rows::implausible;
    if (!row.is_used()) continue;
    if (row.first_lba == 0) return Rows::implausible;
    judgement = Rows::plausible;
  }
  return judgement;
}

bool has_protective_row(Bytes sector_zero) {
  const BootRecordRows rows = read_rows(sector_zero);
  return has_boot_signature(sector_zero) &&
         std::any_of(rows.begin(), rows.end(),
                     [](const BootRecordRow& row) { return row.type == protective_type; });
}

// Rows that look real but make no sense beside a file system are taken for that one's boot code.
void read_mbr_or_none(const BlockReader& disk, DiskShape shape, Bytes sector_zero,
                      PartitionTable& table) {
  if (!has_boot_signature(sector_zero)) return;
  PartitionTable found;
  read_mbr(disk, shape, sector_zero, found);
  const bool is_sound =
      judge_rows(sector_zero) == Rows::plausible && layout_problem(found, shape).empty();
  if (is_sound || !holds_bare_file_system(disk)) table = std::move(found);
}

void note_layout(PartitionTable& table, DiskShape shape) {
  std::string text = layout_problem(table, shape);
  if (!text.empty()) table.problems.push_back({.is_fatal = true, .text = std::move(text)});
}

std::vector<std::byte> read_sector(const BlockReader& disk, DiskShape shape, std::uint64_t lba) {
  std::vector<std::byte> sector(shape.sector_size);
  disk.read(lba * shape.sector_size, sector);
  return sector;
}

DiskShape shape_of(const BlockReader& disk, std::uint32_t sector_size) {
  if (sector_size < 512 || sector_size > 4096 || !is_power_of_two(sector_size)) {
    throw FormatError("sector size");
  }
  return {.sector_count = disk.size() / sector_size, .sector_size = sector_size};
}

bool is_inside_partition(const PartitionTable& table, std::uint64_t lba) {
  return std::any_of(table.entries.begin(), table.entries.end(), [&](const PartitionEntry& entry) {
    return lba >= entry.first_lba && lba <= entry.last_lba;
  });
}

// A GPT that nothing announces any more would still be offered for rescue by other tools.
void add_wipes(const BlockReader& disk, const PartitionTable& table, DiskShape shape,
               std::vector<WriteStep>& steps) {
  for (const std::uint64_t lba : {std::uint64_t{1}, shape.sector_count - 1}) {
    if (is_inside_partition(table, lba)) continue;
    if (!has_gpt_signature(read_sector(disk, shape, lba))) continue;
    steps.push_back({.offset = lba * shape.sector_size,
                     .bytes = std::vector<std::byte>(shape.sector_size),
                     .flush_after = true,
                     .only_over_gpt_header = true,
                     .what = lba == 1 ? "old primary GPT header" : "old backup GPT header"});
  }
}

}  // namespace

PartitionTable read_partition_table(const BlockReader& disk, std::uint32_t sector_size) {
  const DiskShape shape = shape_of(disk, sector_size);
  PartitionTable table;
  if (shape.sector_count < 2) return table;
  const std::vector<std::byte> sector_zero = read_sector(disk, shape, 0);
  if (has_protective_row(sector_zero) &&
      (is_gpt_header(disk, sector_size, 1) || !holds_bare_file_system(disk))) {
    read_gpt(disk, shape, sector_zero, table);
  } else {
    read_mbr_or_none(disk, shape, sector_zero, table);
    if (is_gpt_header(disk, sector_size, 1)) {
      table.problems.push_back(
          {.is_fatal = false, .text = "a GPT without a protective MBR is not used"});
    }
  }
  note_layout(table, shape);
  return table;
}

std::uint32_t probe_sector_size(const BlockReader& disk) {
  for (const std::uint32_t size : {512U, 4096U}) {
    if (is_gpt_header(disk, size, 1)) return size;
  }
  for (const std::uint32_t size : {512U, 4096U}) {
    const std::uint64_t sectors = disk.size() / size;
    if (sectors > 1 && is_gpt_header(disk, size, sectors - 1)) return size;
  }
  return 512;
}

void validate(const PartitionTable& table, DiskShape shape) {
  std::string text = layout_problem(table, shape);
  if (text.empty() && table.type == TableType::mbr) text = mbr_problem(table);
  if (text.empty() && table.type == TableType::gpt) text = gpt_problem(table, shape);
  if (text.empty() && table.type == TableType::none && !table.entries.empty()) {
    text = "partitions need a table";
  }
  if (!text.empty()) throw CodedError("DISK_TABLE_INVALID", {{"reason", text}});
}

std::vector<WriteStep> plan_partition_table_write(const BlockReader& disk,
                                                  std::uint32_t sector_size,
                                                  const PartitionTable& table,
                                                  const BootCode& boot_code) {
  const DiskShape shape = shape_of(disk, sector_size);
  if (shape.sector_count < 2) {
    throw CodedError("DISK_TABLE_INVALID", {{"reason", "the disk has fewer than two sectors"}});
  }
  validate(table, shape);
  std::vector<std::byte> sector_zero = read_sector(disk, shape, 0);
  if (boot_code) std::copy(boot_code->begin(), boot_code->end(), sector_zero.begin());
  if (table.type == TableType::gpt) return gpt_steps(table, shape, sector_zero);
  // A file system on the bare disk brings its own first sector.
  if (table.type == TableType::none) return {};
  std::vector<WriteStep> steps = mbr_steps(table, shape, sector_zero);
  add_wipes(disk, table, shape, steps);
  return steps;
}

}  // namespace nacre
