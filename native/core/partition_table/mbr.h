#pragma once

#include "core/partition_table/table.h"

namespace nacre {

/// One of the four rows of a boot record, 16 bytes at 446 + 16 x index, little-endian:
///
///     0 status (80h active)   1 CHS of the first sector (3)   4 type   5 CHS of the last sector
///     (3) 8 first LBA (u32)      12 sectors (u32)
struct BootRecordRow {
  std::uint8_t status = 0;
  std::uint8_t type = 0;
  std::uint32_t first_lba = 0;
  std::uint32_t sector_count = 0;

  [[nodiscard]] bool is_used() const { return type != 0 && sector_count != 0; }
  [[nodiscard]] bool is_extended() const { return type == 0x05 || type == 0x0f || type == 0x85; }
};

using BootRecordRows = std::array<BootRecordRow, 4>;

constexpr std::size_t boot_code_size = 440;
constexpr std::size_t boot_record_size = 512;
constexpr std::uint8_t protective_type = 0xee;
/// More logical partitions than any system makes; the kernel shows 256 partitions at most.
constexpr std::size_t most_logical_partitions = 252;

/// True when the first 512 bytes end in 55 AA.
[[nodiscard]] bool has_boot_signature(Bytes sector);
[[nodiscard]] BootRecordRows read_rows(Bytes sector);
/// The three CHS bytes of a sector at 255 heads and 63 sectors; FE FF FF past cylinder 1023.
[[nodiscard]] std::array<std::byte, 3> chs_of(std::uint64_t lba);
/// Stores a row with its CHS addresses; `first_lba` of the row is counted from `base`.
void put_row(MutableBytes sector, std::size_t index, const BootRecordRow& row, std::uint64_t base);
void put_boot_signature(MutableBytes sector);

/// Reads an MBR and its chain of extended boot records into `table`, damage into its problems.
void read_mbr(const BlockReader& disk, DiskShape shape, Bytes sector_zero, PartitionTable& table);

/// Extended boot records first, then sector 0. `table` is valid for `shape`.
[[nodiscard]] std::vector<WriteStep> mbr_steps(const PartitionTable& table, DiskShape shape,
                                               Bytes sector_zero);

/// Sector of the extended boot record of each logical partition, in their order: the one it had, or
/// the place where other tools put it (1 MiB or 63 sectors before the partition).
/// @throws CodedError DISK_TABLE_INVALID where there is no free sector
[[nodiscard]] std::vector<std::uint64_t> place_ebrs(const PartitionTable& table);

}  // namespace nacre
