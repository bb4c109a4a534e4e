#include "core/partition_table/gpt.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/partition_table/crc32.h"
#include "core/partition_table/mbr.h"

namespace nacre {
namespace {

constexpr std::string_view gpt_signature = "EFI PART";
constexpr std::uint32_t revision_1 = 0x00010000;
constexpr std::uint32_t header_size = 92;
// UEFI 2.10 section 5.3.1: at least 16 KiB are kept for the entries, even when fewer are in use.
constexpr std::uint64_t least_entry_bytes = 16384;

/// Header, UEFI 2.10 section 5.3.2 (offsets): 8 revision, 12 header size, 16 CRC, 24 own LBA, 32
/// the other header's LBA, 40 first and 48 last usable LBA, 56 disk GUID, 72 first LBA, 80 number,
/// 84 size and 88 CRC of the entries.
struct Header {
  std::uint64_t own_lba = 0;
  std::uint64_t other_lba = 0;
  std::uint64_t first_usable = 0;
  std::uint64_t last_usable = 0;
  Guid guid{};
  std::uint64_t entries_lba = 0;
  std::uint32_t entry_count = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t entries_crc = 0;
};

/// A header with its entries, or what is wrong with it.
struct Copy {
  std::optional<Header> header;
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

Header parse_header(Bytes sector) {
  Header header;
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
  if (little_endian<std::uint32_t>(sector, 8, "revision") >> 16U != revision_1 >> 16U) {
    return "has an unknown revision";
  }
  const auto size = little_endian<std::uint32_t>(sector, 12, "header size");
  if (size < header_size || size > sector.size()) return "has a wrong header size";
  const auto expected = little_endian<std::uint32_t>(sector, 16, "header CRC");
  put_little_endian<std::uint32_t>(sector, 16, 0);
  if (crc32(Bytes(sector).first(size)) != expected) return "has a wrong header checksum";
  if (little_endian<std::uint64_t>(sector, 24, "own LBA") != lba) return "names another place";
  return "";
}

std::string entries_defect(const Header& header, DiskShape shape) {
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
  const Header header = parse_header(sector);
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
  const Header& header = *copy.header;
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

void put_guid(MutableBytes bytes, std::size_t offset, const Guid& guid) {
  std::copy(guid.begin(), guid.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::vector<std::byte> entry_bytes(const PartitionTable& table, DiskShape shape) {
  std::vector<std::byte> bytes(gpt_entry_sectors(table, shape) * shape.sector_size);
  for (const PartitionEntry& entry : table.entries) {
    const MutableBytes row =
        MutableBytes(bytes).subspan((entry.number - 1) * gpt_entry_size, gpt_entry_size);
    put_guid(row, 0, entry.type_guid);
    put_guid(row, 16, entry.guid);
    put_little_endian(row, 32, entry.first_lba);
    put_little_endian(row, 40, entry.last_lba);
    put_little_endian(row, 48, entry.attributes);
    for (std::size_t i = 0; i < entry.name.size(); i++) {
      put_little_endian(row, 56 + 2 * i, static_cast<std::uint16_t>(entry.name[i]));
    }
  }
  return bytes;
}

std::vector<std::byte> header_bytes(const Header& header, DiskShape shape) {
  std::vector<std::byte> bytes(shape.sector_size);
  const MutableBytes sector(bytes);
  std::transform(gpt_signature.begin(), gpt_signature.end(), sector.begin(),
                 [](char letter) { return static_cast<std::byte>(letter); });
  put_little_endian(sector, 8, revision_1);
  put_little_endian(sector, 12, header_size);
  put_little_endian(sector, 24, header.own_lba);
  put_little_endian(sector, 32, header.other_lba);
  put_little_endian(sector, 40, header.first_usable);
  put_little_endian(sector, 48, header.last_usable);
  put_guid(sector, 56, header.guid);
  put_little_endian(sector, 72, header.entries_lba);
  put_little_endian(sector, 80, header.entry_count);
  put_little_endian(sector, 84, header.entry_size);
  put_little_endian(sector, 88, header.entries_crc);
  put_little_endian(sector, 16, crc32(Bytes(sector).first(header_size)));
  return bytes;
}

// Usable sectors end where 16 KiB are kept for the entries, unless a captured partition reaches
// further.
Header primary_header(const PartitionTable& table, DiskShape shape, std::uint64_t entry_sectors) {
  std::uint64_t kept =
      std::max(entry_sectors, (least_entry_bytes + shape.sector_size - 1) / shape.sector_size);
  if (shape.sector_count < table.entries_lba + 2 * kept + 2) kept = entry_sectors;
  Header header;
  header.own_lba = 1;
  header.other_lba = shape.sector_count - 1;
  header.first_usable = table.entries_lba + kept;
  header.last_usable = shape.sector_count - 2 - kept;
  for (const PartitionEntry& entry : table.entries) {
    header.first_usable = std::min(header.first_usable, entry.first_lba);
    header.last_usable = std::max(header.last_usable, entry.last_lba);
  }
  header.guid = table.guid;
  header.entries_lba = table.entries_lba;
  header.entry_count = table.entry_count;
  header.entry_size = gpt_entry_size;
  return header;
}

WriteStep protective_step(const PartitionTable& table, DiskShape shape, Bytes sector_zero) {
  WriteStep step{.offset = 0,
                 .bytes = std::vector<std::byte>(sector_zero.begin(), sector_zero.end()),
                 .flush_after = true,
                 .only_over_gpt_header = false,
                 .what = "protective MBR"};
  const MutableBytes sector(step.bytes);
  std::fill(sector.begin() + boot_code_size, sector.begin() + boot_record_size, std::byte{0});
  const std::uint64_t last = std::min<std::uint64_t>(shape.sector_count - 1, 0xffffffffU);
  put_row(sector, 0,
          {.status = static_cast<std::uint8_t>(table.is_protective_active ? 0x80 : 0),
           .type = protective_type,
           .first_lba = 1,
           .sector_count = static_cast<std::uint32_t>(last)},
          0);
  put_boot_signature(sector);
  return step;
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

std::uint64_t gpt_entry_sectors(const PartitionTable& table, DiskShape shape) {
  const std::uint64_t length = std::uint64_t{table.entry_count} * gpt_entry_size;
  return (length + shape.sector_size - 1) / shape.sector_size;
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

std::vector<WriteStep> gpt_steps(const PartitionTable& table, DiskShape shape, Bytes sector_zero) {
  const std::uint64_t sectors = gpt_entry_sectors(table, shape);
  const std::vector<std::byte> entries = entry_bytes(table, shape);
  Header primary = primary_header(table, shape, sectors);
  primary.entries_crc = crc32(Bytes(entries).first(table.entry_count * gpt_entry_size));
  Header backup = primary;
  std::swap(backup.own_lba, backup.other_lba);
  backup.entries_lba = shape.sector_count - 1 - sectors;
  std::vector<WriteStep> steps;
  const auto add = [&](std::uint64_t lba, std::vector<std::byte> bytes, bool flush,
                       const char* what) {
    steps.push_back({.offset = lba * shape.sector_size,
                     .bytes = std::move(bytes),
                     .flush_after = flush,
                     .only_over_gpt_header = false,
                     .what = what});
  };
  add(backup.entries_lba, entries, false, "backup GPT entries");
  add(backup.own_lba, header_bytes(backup, shape), true, "backup GPT header");
  add(primary.entries_lba, entries, false, "primary GPT entries");
  add(primary.own_lba, header_bytes(primary, shape), true, "primary GPT header");
  steps.push_back(protective_step(table, shape, sector_zero));
  return steps;
}

}  // namespace nacre
