#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "core/block_store.h"
#include "core/fat/entry.h"
#include "core/fat/table.h"

namespace nacre::fat {

/// One folder in memory, with the places of its slots on the disk.
class Directory {
 public:
  /// Reads the folder that begins at `first_cluster`; 0 is the root directory.
  /// @throws FormatError for a broken chain or more than 65,536 slots.
  Directory(BlockStore& store, const FatBootSector& boot, Table& table,
            std::uint32_t first_cluster);

  [[nodiscard]] const EntryList& list() const { return list_; }
  [[nodiscard]] const std::vector<ClusterRun>& runs() const { return runs_; }
  /// The entry of that long or short name, in any case.
  [[nodiscard]] const Entry* find(const LongName& name) const;
  [[nodiscard]] std::set<ShortName> short_names() const;

  /// Writes a new entry, its short entry last; a flush follows each sector. Grows the folder where
  /// it must. @throws CodedError FAT_DIRECTORY_FULL, FAT_FULL
  void add(const Entry& entry);
  /// Overwrites cluster, size and time of an entry in one write of one sector, and flushes.
  void update(const Entry& entry);
  /// Frees the slots of an entry, the short one first.
  void remove(const Entry& entry);
  /// Frees slots that hold parts of long names without a short entry.
  void remove_orphans();

 private:
  [[nodiscard]] std::uint64_t offset_of(std::size_t slot) const;
  [[nodiscard]] std::size_t slot_count() const { return slots_.size() / slot_bytes; }
  [[nodiscard]] std::size_t slots_per_sector() const { return boot_.sector_bytes / slot_bytes; }
  [[nodiscard]] bool is_free(std::size_t slot) const;
  [[nodiscard]] std::optional<std::size_t> find_room(std::size_t count) const;
  void grow();
  void free_slots(std::size_t first, std::size_t count);
  /// Writes the sectors that hold these slots from memory, in order, with a flush after each.
  void write_sectors(std::size_t first, std::size_t count);
  void load_run(ClusterRun run);

  BlockStore& store_;
  const FatBootSector& boot_;
  Table& table_;
  std::uint32_t first_cluster_;
  std::vector<ClusterRun> runs_;
  std::vector<std::byte> slots_;
  /// Offset on the volume of each piece of `piece_bytes_` in `slots_`.
  std::vector<std::uint64_t> pieces_;
  std::size_t piece_bytes_;
  EntryList list_;
};

}  // namespace nacre::fat
