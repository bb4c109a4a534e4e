#include "core/partition_table/mbr.h"

#include <algorithm>
#include <set>
#include <string>

namespace nacre {
namespace {

constexpr std::size_t signature_offset = 440;
constexpr std::size_t rows_offset = 446;
constexpr std::size_t row_size = 16;
constexpr std::uint64_t heads = 255;
constexpr std::uint64_t sectors_per_track = 63;

void problem(PartitionTable& table, bool is_fatal, std::string text) {
  table.problems.push_back({.is_fatal = is_fatal, .text = std::move(text)});
}

PartitionEntry entry_of(const BootRecordRow& row, std::uint64_t base, std::uint32_t number) {
  PartitionEntry entry;
  entry.number = number;
  entry.first_lba = base + row.first_lba;
  entry.last_lba = entry.first_lba + row.sector_count - 1;
  entry.type = row.type;
  entry.is_active = row.status == 0x80;
  return entry;
}

// Follows the links of extended boot records. Each holds one logical partition, counted from the
// record, and the place of the next record, counted from the extended partition.
class ChainReader {
 public:
  ChainReader(const BlockReader& disk, DiskShape shape, PartitionTable& table)
      : disk_(disk), shape_(shape), table_(table) {}

  void read(const PartitionEntry& extended) {
    std::uint64_t at = extended.first_lba;
    std::set<std::uint64_t> seen;
    for (;;) {
      if (at >= shape_.sector_count || at < extended.first_lba || at > extended.last_lba) {
        return broken("lies outside the extended partition", at);
      }
      if (!seen.insert(at).second) return broken("is linked twice", at);
      if (seen.size() > most_logical_partitions) return broken("is one too many", at);
      std::vector<std::byte> sector(boot_record_size);
      disk_.read(at * shape_.sector_size, sector);
      if (!has_boot_signature(sector)) return broken("does not end in 55 AA", at);
      const BootRecordRows rows = read_rows(sector);
      add_logical(rows, at);
      const auto link = std::find_if(rows.begin(), rows.end(), [](const BootRecordRow& row) {
        return row.is_used() && row.is_extended();
      });
      if (link == rows.end()) return;
      at = extended.first_lba + link->first_lba;
    }
  }

 private:
  void broken(const std::string& what, std::uint64_t at) {
    problem(table_, true, "extended boot record at LBA " + std::to_string(at) + " " + what);
  }

  void add_logical(const BootRecordRows& rows, std::uint64_t ebr_lba) {
    std::size_t found = 0;
    for (const BootRecordRow& row : rows) {
      if (!row.is_used() || row.is_extended()) continue;
      if (++found > 1) return broken("names more than one logical partition", ebr_lba);
      PartitionEntry entry = entry_of(row, ebr_lba, next_number_++);
      entry.kind = EntryKind::logical;
      entry.ebr_lba = ebr_lba;
      table_.entries.push_back(std::move(entry));
    }
  }

  const BlockReader& disk_;
  DiskShape shape_;
  PartitionTable& table_;
  std::uint32_t next_number_ = 5;
};

BootRecordRow row_of(const PartitionEntry& entry, std::uint64_t base) {
  return {.status = static_cast<std::uint8_t>(entry.is_active ? 0x80 : 0),
          .type = entry.type,
          .first_lba = static_cast<std::uint32_t>(entry.first_lba - base),
          .sector_count = static_cast<std::uint32_t>(entry.last_lba - entry.first_lba + 1)};
}

std::vector<const PartitionEntry*> logical_entries(const PartitionTable& table) {
  std::vector<const PartitionEntry*> found;
  for (const PartitionEntry& entry : table.entries) {
    if (entry.kind == EntryKind::logical) found.push_back(&entry);
  }
  return found;
}

const PartitionEntry* extended_entry(const PartitionTable& table) {
  for (const PartitionEntry& entry : table.entries) {
    if (entry.kind == EntryKind::extended) return &entry;
  }
  return nullptr;
}

// A link covers the next record and its partition, counted from the extended partition.
BootRecordRow link_to(std::uint64_t ebr_lba, const PartitionEntry& logical, std::uint64_t base) {
  return {.status = 0,
          .type = 0x05,
          .first_lba = static_cast<std::uint32_t>(ebr_lba - base),
          .sector_count = static_cast<std::uint32_t>(logical.last_lba - ebr_lba + 1)};
}

void add_ebr_steps(const PartitionTable& table, DiskShape shape, std::vector<WriteStep>& steps) {
  const PartitionEntry* extended = extended_entry(table);
  if (extended == nullptr) return;
  const auto logicals = logical_entries(table);
  const auto places = place_ebrs(table);
  // The last record comes first: until the chain's head is written, the old chain stays whole.
  for (std::size_t i = std::max<std::size_t>(logicals.size(), 1); i-- > 0;) {
    WriteStep step{.offset = 0,
                   .bytes = std::vector<std::byte>(shape.sector_size),
                   .flush_after = i <= 1,
                   .only_over_gpt_header = false,
                   .what = "extended boot record " + std::to_string(i + 1)};
    const std::uint64_t at = logicals.empty() ? extended->first_lba : places[i];
    step.offset = at * shape.sector_size;
    if (!logicals.empty()) put_row(step.bytes, 0, row_of(*logicals[i], at), at);
    if (i + 1 < logicals.size()) {
      const BootRecordRow link = link_to(places[i + 1], *logicals[i + 1], extended->first_lba);
      put_row(step.bytes, 1, link, extended->first_lba);
    }
    put_boot_signature(step.bytes);
    steps.push_back(std::move(step));
  }
}

bool is_free(std::uint64_t lba, const std::vector<const PartitionEntry*>& logicals,
             const std::vector<std::uint64_t>& taken) {
  return std::none_of(logicals.begin(), logicals.end(),
                      [&](const PartitionEntry* entry) {
                        return lba >= entry->first_lba && lba <= entry->last_lba;
                      }) &&
         std::find(taken.begin(), taken.end(), lba) == taken.end();
}

// The last sector before `first` that no other logical partition covers is always a candidate.
std::vector<std::uint64_t> candidates(const PartitionEntry& entry, const PartitionEntry& extended) {
  std::vector<std::uint64_t> places;
  if (entry.ebr_lba) places.push_back(*entry.ebr_lba);
  for (const std::uint64_t distance : {2048U, 63U, 1U}) {
    if (entry.first_lba >= extended.first_lba + distance) {
      places.push_back(entry.first_lba - distance);
    }
  }
  return places;
}

}  // namespace

bool has_boot_signature(Bytes sector) {
  return sector.size() >= boot_record_size && sector[510] == std::byte{0x55} &&
         sector[511] == std::byte{0xaa};
}

BootRecordRows read_rows(Bytes sector) {
  BootRecordRows rows;
  for (std::size_t i = 0; i < rows.size(); i++) {
    const Bytes bytes = slice(sector, rows_offset + i * row_size, row_size, "boot record");
    rows[i] = {.status = std::to_integer<std::uint8_t>(bytes[0]),
               .type = std::to_integer<std::uint8_t>(bytes[4]),
               .first_lba = little_endian<std::uint32_t>(bytes, 8, "first LBA"),
               .sector_count = little_endian<std::uint32_t>(bytes, 12, "sector count")};
  }
  return rows;
}

std::array<std::byte, 3> chs_of(std::uint64_t lba) {
  const std::uint64_t cylinder = lba / (heads * sectors_per_track);
  if (cylinder > 1023) return {std::byte{0xfe}, std::byte{0xff}, std::byte{0xff}};
  const std::uint64_t head = lba / sectors_per_track % heads;
  const std::uint64_t sector = lba % sectors_per_track + 1;
  return {static_cast<std::byte>(head), static_cast<std::byte>(sector | (cylinder >> 8U) << 6U),
          static_cast<std::byte>(cylinder & 0xffU)};
}

void put_row(MutableBytes sector, std::size_t index, const BootRecordRow& row, std::uint64_t base) {
  const MutableBytes bytes = sector.subspan(rows_offset + index * row_size, row_size);
  const std::uint64_t first = base + row.first_lba;
  const auto from = chs_of(first);
  const auto to = chs_of(first + row.sector_count - 1);
  bytes[0] = std::byte{row.status};
  std::copy(from.begin(), from.end(), bytes.begin() + 1);
  bytes[4] = std::byte{row.type};
  std::copy(to.begin(), to.end(), bytes.begin() + 5);
  put_little_endian(bytes, 8, row.first_lba);
  put_little_endian(bytes, 12, row.sector_count);
}

void put_boot_signature(MutableBytes sector) {
  sector[510] = std::byte{0x55};
  sector[511] = std::byte{0xaa};
}

void read_mbr(const BlockReader& disk, DiskShape shape, Bytes sector_zero, PartitionTable& table) {
  table.type = TableType::mbr;
  table.signature = little_endian<std::uint32_t>(sector_zero, signature_offset, "disk signature");
  const BootRecordRows rows = read_rows(sector_zero);
  std::optional<PartitionEntry> extended;
  for (std::uint32_t i = 0; i < rows.size(); i++) {
    const BootRecordRow& row = rows[i];
    const std::string name = "entry " + std::to_string(i + 1);
    if (row.status != 0 && row.status != 0x80) {
      problem(table, true, name + " has the status " + std::to_string(row.status));
    }
    if (!row.is_used()) continue;
    PartitionEntry entry = entry_of(row, 0, i + 1);
    if (row.is_extended()) {
      if (extended) problem(table, true, name + " is a second extended partition");
      entry.kind = EntryKind::extended;
      extended = entry;
    }
    table.entries.push_back(std::move(entry));
  }
  if (extended) ChainReader(disk, shape, table).read(*extended);
}

std::vector<std::uint64_t> place_ebrs(const PartitionTable& table) {
  std::vector<std::uint64_t> places;
  const PartitionEntry* extended = extended_entry(table);
  const auto logicals = logical_entries(table);
  for (const PartitionEntry* entry : logicals) {
    if (extended == nullptr) break;
    std::vector<std::uint64_t> wanted = candidates(*entry, *extended);
    // Everything finds the chain by its first record, which is the extended partition's first
    // sector.
    if (places.empty()) wanted = {extended->first_lba};
    const auto place = std::find_if(wanted.begin(), wanted.end(), [&](std::uint64_t lba) {
      return lba >= extended->first_lba && lba < entry->first_lba && is_free(lba, logicals, places);
    });
    if (place == wanted.end()) {
      throw CodedError("DISK_TABLE_INVALID",
                       {{"reason", "partition " + std::to_string(entry->number) +
                                       " leaves no sector for its extended boot record"}});
    }
    places.push_back(*place);
  }
  return places;
}

std::vector<WriteStep> mbr_steps(const PartitionTable& table, DiskShape shape, Bytes sector_zero) {
  std::vector<WriteStep> steps;
  add_ebr_steps(table, shape, steps);
  WriteStep step{.offset = 0,
                 .bytes = std::vector<std::byte>(sector_zero.begin(), sector_zero.end()),
                 .flush_after = true,
                 .only_over_gpt_header = false,
                 .what = "MBR"};
  const MutableBytes sector(step.bytes);
  std::fill_n(sector.begin() + signature_offset, boot_record_size - signature_offset, std::byte{0});
  put_little_endian(sector, signature_offset, table.signature);
  for (const PartitionEntry& entry : table.entries) {
    if (entry.kind != EntryKind::logical) put_row(sector, entry.number - 1, row_of(entry, 0), 0);
  }
  put_boot_signature(sector);
  steps.push_back(std::move(step));
  return steps;
}

}  // namespace nacre
