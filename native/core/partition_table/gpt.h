#pragma once

#include "core/partition_table/table.h"

namespace nacre {

constexpr std::string_view gpt_signature = "EFI PART";
constexpr std::uint32_t gpt_revision = 0x00010000;
constexpr std::uint32_t gpt_header_size = 92;
constexpr std::uint64_t gpt_entry_size = 128;
constexpr std::size_t gpt_name_units = 36;
/// Tools make 128 entries, some a few hundred; this bounds what a damaged header can ask for.
constexpr std::uint32_t most_gpt_entries = 16384;

/// A GPT header; UEFI 2.10 section 5.3.2 (offsets): 8 revision, 12 header size, 16 CRC, 24 own LBA,
/// 32 the other header's LBA, 40 first and 48 last usable LBA, 56 disk GUID, 72 first LBA, 80
/// number, 84 size and 88 CRC of the entries.
struct GptHeader {
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

/// True when `sector` begins with "EFI PART".
[[nodiscard]] bool has_gpt_signature(Bytes sector);

/// True when a header lies in `sector` of the disk whose own checksum and place are right.
[[nodiscard]] bool is_gpt_header(const BlockReader& disk, std::uint32_t sector_size,
                                 std::uint64_t lba);

/// Reads the primary or, where that is damaged, the backup GPT into `table`, damage into its
/// problems.
void read_gpt(const BlockReader& disk, DiskShape shape, Bytes sector_zero, PartitionTable& table);

/// Backup entries and header, primary entries and header, then the protective MBR; each pair is
/// flushed. `table` is valid for `shape`.
[[nodiscard]] std::vector<WriteStep> gpt_steps(const PartitionTable& table, DiskShape shape,
                                               Bytes sector_zero);

/// Sectors that the entries take.
[[nodiscard]] std::uint64_t gpt_entry_sectors(const PartitionTable& table, DiskShape shape);

}  // namespace nacre
