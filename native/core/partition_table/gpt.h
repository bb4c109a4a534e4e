#pragma once

#include "core/partition_table/table.h"

namespace nacre {

constexpr std::uint64_t gpt_entry_size = 128;
constexpr std::size_t gpt_name_units = 36;
/// Tools make 128 entries, some a few hundred; this bounds what a damaged header can ask for.
constexpr std::uint32_t most_gpt_entries = 16384;

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
