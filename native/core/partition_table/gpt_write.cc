#include <algorithm>
#include <string>
#include <utility>

#include "core/partition_table/crc32.h"
#include "core/partition_table/gpt.h"
#include "core/partition_table/mbr.h"

namespace nacre {
namespace {

// UEFI 2.10 section 5.3.1: at least 16 KiB are kept for the entries, even when fewer are in use.
constexpr std::uint64_t least_entry_bytes = 16384;

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

std::vector<std::byte> header_bytes(const GptHeader& header, DiskShape shape) {
  std::vector<std::byte> bytes(shape.sector_size);
  const MutableBytes sector(bytes);
  std::transform(gpt_signature.begin(), gpt_signature.end(), sector.begin(),
                 [](char letter) { return static_cast<std::byte>(letter); });
  put_little_endian(sector, 8, gpt_revision);
  put_little_endian(sector, 12, gpt_header_size);
  put_little_endian(sector, 24, header.own_lba);
  put_little_endian(sector, 32, header.other_lba);
  put_little_endian(sector, 40, header.first_usable);
  put_little_endian(sector, 48, header.last_usable);
  put_guid(sector, 56, header.guid);
  put_little_endian(sector, 72, header.entries_lba);
  put_little_endian(sector, 80, header.entry_count);
  put_little_endian(sector, 84, header.entry_size);
  put_little_endian(sector, 88, header.entries_crc);
  put_little_endian(sector, 16, crc32(Bytes(sector).first(gpt_header_size)));
  return bytes;
}

// Usable sectors end where 16 KiB are kept for the entries, unless a captured partition reaches
// further.
GptHeader primary_header(const PartitionTable& table, DiskShape shape,
                         std::uint64_t entry_sectors) {
  std::uint64_t kept =
      std::max(entry_sectors, (least_entry_bytes + shape.sector_size - 1) / shape.sector_size);
  if (shape.sector_count < table.entries_lba + 2 * kept + 2) kept = entry_sectors;
  GptHeader header;
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

std::uint64_t gpt_entry_sectors(const PartitionTable& table, DiskShape shape) {
  const std::uint64_t length = std::uint64_t{table.entry_count} * gpt_entry_size;
  return (length + shape.sector_size - 1) / shape.sector_size;
}

std::vector<WriteStep> gpt_steps(const PartitionTable& table, DiskShape shape, Bytes sector_zero) {
  const std::uint64_t sectors = gpt_entry_sectors(table, shape);
  const std::vector<std::byte> entries = entry_bytes(table, shape);
  GptHeader primary = primary_header(table, shape, sectors);
  primary.entries_crc = crc32(Bytes(entries).first(table.entry_count * gpt_entry_size));
  GptHeader backup = primary;
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
