#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/block_store.h"
#include "core/file_system/fat_boot_sector.h"
#include "core/file_system/fat_table.h"

namespace nacre::fat {

/// Clusters [first, first + count), which follow each other on the disk.
struct ClusterRun {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// The file allocation table of a volume: reads entries, and collects changes until `commit`
/// writes them. Not for several threads.
class Table {
 public:
  /// Both must outlive it.
  Table(BlockStore& store, const FatBootSector& boot) : store_(store), boot_(boot) {}

  /// Numbers of clusters are 2 to `end() - 1`.
  [[nodiscard]] std::uint32_t end() const {
    return static_cast<std::uint32_t>(boot_.cluster_count + 2);
  }
  [[nodiscard]] bool is_cluster(std::uint32_t value) const { return value >= 2 && value < end(); }
  /// Entry `number` < `end()`, without the upper 4 bits of FAT32.
  [[nodiscard]] std::uint32_t entry(std::uint32_t number);
  [[nodiscard]] bool is_end_mark(std::uint32_t value) const {
    return is_fat_end_mark(boot_, value);
  }
  [[nodiscard]] bool is_bad_mark(std::uint32_t value) const {
    return is_fat_bad_mark(boot_, value);
  }

  /// The clusters of a chain in order, at least one. @throws FormatError when it leaves the volume,
  /// meets a free or bad cluster, or is longer than `limit` clusters, as a loop is.
  [[nodiscard]] std::vector<ClusterRun> chain(std::uint32_t first, std::uint64_t limit);

  /// Free clusters for `count`, in one run if there is one, else in as many as it takes; nothing
  /// when fewer are free. They are not taken before `link`.
  [[nodiscard]] std::optional<std::vector<ClusterRun>> find_free(std::uint32_t count);
  /// One run of free clusters; nothing when none is long enough.
  [[nodiscard]] std::optional<ClusterRun> find_free_run(std::uint32_t count);
  [[nodiscard]] std::uint32_t count_free();

  /// Chains the runs in their order.
  void link(const std::vector<ClusterRun>& runs);
  /// Makes the chain that ends with `last` go on with `first`.
  void append(std::uint32_t last, std::uint32_t first) { set(last, first); }
  void release(const std::vector<ClusterRun>& runs);
  /// Sets or clears the bits of entry 1 that say "unmounted"; FAT12 has none.
  void set_clean(bool is_clean);
  [[nodiscard]] bool is_clean();

  /// Writes all changes to every FAT, or to the one that counts, and flushes. Where the device
  /// fails they are forgotten: the next commit is not theirs.
  void commit();
  /// Forgets changes that were not committed.
  void discard() { changed_.clear(); }

 private:
  static constexpr std::uint32_t page_bytes = 4096;
  using Page = std::vector<std::byte>;

  void set(std::uint32_t number, std::uint32_t value);
  [[nodiscard]] std::byte byte_at(std::uint64_t offset);
  void put_byte(std::uint64_t offset, std::byte value);
  [[nodiscard]] Page read_page(std::uint64_t number) const;
  [[nodiscard]] const Page& page(std::uint64_t number);
  /// The run of free clusters that begins at `from`, of at most `limit`.
  [[nodiscard]] std::uint32_t free_from(std::uint32_t from, std::uint32_t limit);

  BlockStore& store_;
  const FatBootSector& boot_;
  /// Pages of the FAT that differ from the disk, by number.
  std::map<std::uint64_t, Page> changed_;
  Page cached_;
  std::uint64_t cached_number_ = UINT64_MAX;
  std::uint32_t hint_ = 2;
};

}  // namespace nacre::fat
