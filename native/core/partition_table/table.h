#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/block_reader.h"

namespace nacre {

/// A GUID as its 16 bytes lie on the disk (UEFI 2.10 appendix A: the first three fields
/// little-endian).
using Guid = std::array<std::byte, 16>;

/// Lower-case text, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b".
[[nodiscard]] std::string guid_text(const Guid& guid);
/// @throws FormatError for anything but 32 hexadecimal digits in groups of 8-4-4-4-12.
[[nodiscard]] Guid parse_guid(std::string_view text);

enum class TableType { none, mbr, gpt };
enum class EntryKind { primary, extended, logical };

/// One row of a partition table. Sectors are logical sectors of the disk; both ends are inclusive.
struct PartitionEntry {
  std::uint32_t number = 0;
  std::uint64_t first_lba = 0;
  std::uint64_t last_lba = 0;

  // MBR
  std::uint8_t type = 0;
  bool is_active = false;
  EntryKind kind = EntryKind::primary;
  /// Sector of the extended boot record that names a logical partition; chosen when it is missing.
  std::optional<std::uint64_t> ebr_lba;

  // GPT
  Guid type_guid{};
  Guid guid{};
  /// At most 36 UTF-16 code units.
  std::u16string name;
  std::uint64_t attributes = 0;
};

/// Something a reader must know. A fatal one means that the entries are not all the truth.
struct TableProblem {
  bool is_fatal = false;
  std::string text;
};

struct PartitionTable {
  TableType type = TableType::none;
  /// MBR disk signature (offset 440).
  std::uint32_t signature = 0;
  /// GPT disk GUID, and the number of entries the table has room for.
  Guid guid{};
  std::uint32_t entry_count = 128;
  /// First sector of the primary entries; 2 on nearly every disk.
  std::uint64_t entries_lba = 2;
  /// The protective entry is marked active, which some BIOSes want before they boot from the disk.
  bool is_protective_active = false;
  /// In the order of their numbers; an extended partition stands before its logical ones.
  std::vector<PartitionEntry> entries;
  std::vector<TableProblem> problems;
};

/// Reads the table of a whole disk. A GPT counts when a protective MBR announces it; damage is
/// reported in `problems`, never by an exception.
/// @throws OsError when the device fails; FormatError when `sector_size` is no power of two from
/// 512 to 4096.
[[nodiscard]] PartitionTable read_partition_table(const BlockReader& disk,
                                                  std::uint32_t sector_size);

/// The sector size at which a GPT header is found, 512 or 4096; 512 where there is none.
[[nodiscard]] std::uint32_t probe_sector_size(const BlockReader& disk);

/// A write of a plan, to be done in order.
struct WriteStep {
  std::uint64_t offset = 0;
  std::vector<std::byte> bytes;
  /// All writes up to here must be on the medium before the next one.
  bool flush_after = false;
  /// Skip this step unless the place still begins with "EFI PART": it removes a table that died
  /// before.
  bool only_over_gpt_header = false;
  /// For people: "backup GPT entries".
  std::string what;
};

/// Boot code to put into the first 440 bytes of sector 0; nothing leaves them as they are.
using BootCode = std::optional<std::array<std::byte, 440>>;

/// The writes that make `table` the table of `disk`, in an order in which each prefix leaves the
/// old or the new table readable: backup GPT, primary GPT, protective MBR; extended boot records,
/// sector 0. `disk` is only read (sector 0, old GPT headers).
/// @throws CodedError DISK_TOO_SMALL, DISK_TABLE_INVALID
[[nodiscard]] std::vector<WriteStep> plan_partition_table_write(const BlockReader& disk,
                                                                std::uint32_t sector_size,
                                                                const PartitionTable& table,
                                                                const BootCode& boot_code = {});

/// What a table is checked against: the disk it is for.
struct DiskShape {
  std::uint64_t sector_count = 0;
  std::uint32_t sector_size = 512;
};

/// @throws CodedError DISK_TOO_SMALL with found and needed bytes; DISK_TABLE_INVALID naming the
/// entry.
void validate(const PartitionTable& table, DiskShape shape);

}  // namespace nacre
