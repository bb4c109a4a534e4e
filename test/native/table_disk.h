#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "core/partition_table/table.h"

namespace nacre {

/// A disk in memory that tables are written to.
class MemoryDisk final : public BlockReader {
 public:
  explicit MemoryDisk(std::uint64_t size) : bytes_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override;

  [[nodiscard]] MutableBytes bytes() { return bytes_; }
  /// Does one step as its executor does.
  void apply(const WriteStep& step);
  void write_table(const PartitionTable& table, std::uint32_t sector_size);
  [[nodiscard]] PartitionTable read_table(std::uint32_t sector_size) const {
    return read_partition_table(*this, sector_size);
  }

 private:
  std::vector<std::byte> bytes_;
};

[[nodiscard]] PartitionEntry mbr_entry(std::uint32_t number, std::uint64_t first,
                                       std::uint64_t last, EntryKind kind = EntryKind::primary);
[[nodiscard]] PartitionEntry gpt_entry(std::uint32_t number, std::uint64_t first,
                                       std::uint64_t last);
[[nodiscard]] PartitionTable mbr(std::vector<PartitionEntry> entries);
[[nodiscard]] PartitionTable gpt(std::vector<PartitionEntry> entries);
/// A primary, and an extended partition with logical ones of 100 sectors.
[[nodiscard]] PartitionTable extended_table(std::uint32_t logicals);

struct NamedTable {
  std::string name;
  std::uint32_t sector_size;
  std::uint64_t sector_count;
  PartitionTable table;
};

std::ostream& operator<<(std::ostream& out, const NamedTable& table);

[[nodiscard]] std::vector<NamedTable> sample_tables();

/// False for two chains of logical partitions that begin in the same sector: sector 0 and the first
/// record cannot change at once.
[[nodiscard]] bool is_mixture_free(const PartitionTable& from, const PartitionTable& to);

/// Same type and entries, nothing fatal; places of extended boot records do not count.
[[nodiscard]] bool is_same(const PartitionTable& found, const PartitionTable& wanted);
void expect_same(const PartitionTable& found, const PartitionTable& wanted);

}  // namespace nacre
