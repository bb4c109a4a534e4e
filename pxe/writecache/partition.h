#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record.h"

namespace nacre::write_cache {

/// A partition as the kernel shows it.
struct Partition {
  /// Such as `/dev/sda2`.
  std::string node;
  /// `MAJOR:MINOR`, as the device mapper takes it.
  std::string number;
  std::uint64_t start_bytes = 0;
  std::uint64_t bytes = 0;
};

/// The partition of a node, links followed, and all others of its disk; the first is the node's
/// own. Nothing when the node is no partition.
[[nodiscard]] std::vector<Partition> partitions_of_disk(const std::string& node);

/// Reads past the page cache. @throws OsError
[[nodiscard]] std::string read_at(const std::string& node, std::uint64_t offset, std::size_t bytes);

/// Writes through to the medium and reads back. @throws OsError, EIO when it differs
void write_at(const std::string& node, std::uint64_t offset, const std::string& bytes);

/// Where the first record of a partition lies: its store ends there.
[[nodiscard]] std::uint64_t tail_of(const Partition& partition);

/// The newest record of a partition that can be read. @throws OsError
[[nodiscard]] std::optional<Record> read_record(const Partition& partition);

/// Stores both records, the one that counts last. @throws OsError
void store_record(const Partition& partition, const Record& record);

void set_read_only(const std::string& node, bool is_read_only);

}  // namespace nacre::write_cache
