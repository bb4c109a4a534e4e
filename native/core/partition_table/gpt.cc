#include "core/partition_table/gpt.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/partition_table/crc32.h"
#include "core/partition_table/mbr.h"

namespace nacre {
namespace {

/// A header with its entries, or what is wrong with it.
struct Copy {
  std::optional<GptHeader> header;
  std::vector<std::byte> entries;
  std::string defect;

  [[nodiscard]] bool is_whole() const { return header && defect.empty(); }
};

Guid guid_at(Bytes bytes, std::size_t offset) {
  Guid guid{};
  const Bytes part = slice(bytes, offset, guid.size(), "GUID");
  std::copy(part.begin(), part.end(), guid.begin());
  return guid;
}

GptHeader parse_header(Bytes sector) {
  GptHeader header;
  header.own_lba = little_endian<std::uint64_t>(sector, 24, "own LBA");
  header.other_lba = little_endian<std::uint64_t>(sector, 32, "other LBA");
  header.first_usable = little_endian<std::uint64_t>(sector, 40, "first usable LBA");
  header.last_usable = little_endian<std::uint64_t>(sector, 48, "last usable LBA");
  header.guid = guid_at(sector, 56);
  header.entries_lba = little_endian<std::uint64_t>(sector, 72, "entries LBA");
  header.entry_count = little_endian<std::uint32_t>(sector, 80, "entry count");
  header.entry_size = little_endian<std::uint32_t>(sector, 84, "entry size");
  header.entries_crc = little_endian<std::uint32_t>(sector, 88, "entries CRC");
  return header;
}

// What a header says of itself; empty when it may be believed.
std::string header_defect(std::vector<std::byte> sector, std::uint64_t lba) {
  if (!has_gpt_signature(sector)) return "has no header";
  if (little_endian<std::uint32_t>(sector, 8, "revision") >> 16U != gpt_revision >> 16U) {
    return "has an unknown revision";
  }
  const auto size = little_endian<std::uint32_t>(sector, 12, "header size");
  if (size < gpt_header_size || size > sector.size()) return "has a wrong header size";
  const auto expected = little_endian<std::uint32_t>(sector, 16, "header CRC");
  put_little_endian<std::uint32_t>(sector, 16, 0);
  if (crc32(Bytes(sector).first(size)) != expected) return "has a wrong header checksum";
  if (little_endian<std::uint64_t>(sector, 24, "own LBA") != lba) return "names another place";
  return "";
}

std::string entries_defect(const GptHeader& header, DiskShape shape) {
  const bool is_known_size = header.entry_size >= gpt_entry_size && header.entry_size <= 4096 &&
                             is_power_of_two(header.entry_size);
  if (!is_known_size) return "has a wrong entry size";
  if (header.entry_count == 0 || header.entry_count > most_gpt_entries) {
    return "has a wrong number of entries";
  }
  const std::uint64_t length = std::uint64_t{header.entry_count} * header.entry_size;
  const std::uint64_t sectors = (length + shape.sector_size - 1) / shape.sector_size;
  if (header.entries_lba < 2 || header.entries_lba >= shape.sector_count ||
      sectors > shape.sector_count - header.entries_lba) {
    return "has its entries outside the disk";
  }
  return header.first_usable > header.last_usable ? "has no usable sectors" : "";
}

Copy read_copy(const BlockReader& disk, DiskShape shape, std::uint64_t lba) {
  Copy copy;
  if (lba == 0 || lba >= shape.sector_count) {
    copy.defect = "lies outside the disk";
    return copy;
  }
  std::vector<std::byte> sector(shape.sector_size);
  disk.read(lba * shape.sector_size, sector);
  copy.defect = header_defect(sector, lba);
  if (!copy.defect.empty()) return copy;
  const GptHeader header = parse_header(sector);
  copy.header = header;
  copy.defect = entries_defect(header, shape);
  if (!copy.defect.empty()) return copy;
  copy.entries.resize(std::size_t{header.entry_count} * header.entry_size);
  disk.read(header.entries_lba * shape.sector_size, copy.entries);
  if (crc32(copy.entries) != header.entries_crc) copy.defect = "has a wrong checksum of entries";
  return copy;
}

std::u16string name_of(Bytes entry) {
  std::u16string name;
  for (std::size_t i = 0; i < gpt_name_units; i++) {
    const auto unit = little_endian<std::uint16_t>(entry, 56 + 2 * i, "name");
    if (unit == 0) break;
    name += static_cast<char16_t>(unit);
  }
  return name;
}

void read_entries(const Copy& copy, PartitionTable& table) {
  const GptHeader& header = *copy.header;
  table.guid = header.guid;
  table.entry_count = header.entry_count;
  for (std::uint32_t i = 0; i < header.entry_count; i++) {
    const Bytes bytes =
        slice(copy.entries, std::size_t{i} * header.entry_size, gpt_entry_size, "partition entry");
    PartitionEntry entry;
    entry.type_guid = guid_at(bytes, 0);
    if (entry.type_guid == Guid{}) continue;
    entry.number = i + 1;
    entry.guid = guid_at(bytes, 16);
    entry.first_lba = little_endian<std::uint64_t>(bytes, 32, "first LBA");
    entry.last_lba = little_endian<std::uint64_t>(bytes, 40, "last LBA");
    entry.attributes = little_endian<std::uint64_t>(bytes, 48, "attributes");
    entry.name = name_of(bytes);
    table.entries.push_back(std::move(entry));
  }
}

void read_protective(Bytes sector_zero, PartitionTable& table) {
  std::size_t others = 0;
  for (const BootRecordRow& row : read_rows(sector_zero)) {
    if (row.type == protective_type) {
      table.is_protective_active = table.is_protective_active || row.status == 0x80;
    } else if (row.is_used()) {
      others++;
    }
  }
  if (others > 0) {
    table.problems.push_back(
        {.is_fatal = false,
         .text = "hybrid MBR: its " + std::to_string(others) + " further entries are not kept"});
  }
}

void note(PartitionTable& table, bool is_fatal, std::string text) {
  table.problems.push_back({.is_fatal = is_fatal, .text = std::move(text)});
}

void note_backup(const Copy& primary, const Copy& backup, DiskShape shape, PartitionTable& table) {
  if (!backup.is_whole()) {
    note(table, false, "the backup GPT " + backup.defect);
  } else if (backup.header->guid != primary.header->guid ||
             backup.header->entries_crc != primary.header->entries_crc) {
    note(table, false, "the backup GPT differs from the primary");
  }
  if (primary.header->other_lba != shape.sector_count - 1) {
    note(table, false, "the backup GPT is not at the end of the disk");
  }
}

}  // namespace

bool has_gpt_signature(Bytes sector) {
  return sector.size() >= gpt_signature.size() &&
         std::equal(gpt_signature.begin(), gpt_signature.end(), sector.begin(),
                    [](char letter, std::byte byte) { return std::byte(letter) == byte; });
}

bool is_gpt_header(const BlockReader& disk, std::uint32_t sector_size, std::uint64_t lba) {
  if (lba >= disk.size() / sector_size) return false;
  std::vector<std::byte> sector(sector_size);
  disk.read(lba * sector_size, sector);
  return header_defect(std::move(sector), lba).empty();
}

void read_gpt(const BlockReader& disk, DiskShape shape, Bytes sector_zero, PartitionTable& table) {
  table.type = TableType::gpt;
  read_protective(sector_zero, table);
  const std::uint64_t end = shape.sector_count - 1;
  const Copy primary = read_copy(disk, shape, 1);
  const std::uint64_t named = primary.header ? primary.header->other_lba : end;
  Copy backup = read_copy(disk, shape, named);
  if (!backup.is_whole() && named != end) {
    Copy at_end = read_copy(disk, shape, end);
    if (at_end.is_whole()) backup = std::move(at_end);
  }
  if (primary.is_whole()) {
    read_entries(primary, table);
    table.entries_lba = primary.header->entries_lba;
    note_backup(primary, backup, shape, table);
  } else if (backup.is_whole()) {
    read_entries(backup, table);
    note(table, false, "the primary GPT " + primary.defect + "; the backup GPT is used");
  } else {
    note(table, true, "the primary GPT " + primary.defect);
    note(table, true, "the backup GPT " + backup.defect);
  }
}

}  // namespace nacre
