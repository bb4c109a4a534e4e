#include "core/fat/directory.h"

#include <algorithm>

#include "core/error.h"

namespace nacre::fat {
namespace {

constexpr std::size_t max_slots = 65536;
constexpr std::byte free_mark{0xe5};

}  // namespace

Directory::Directory(BlockStore& store, const FatBootSector& boot, Table& table,
                     std::uint32_t first_cluster)
    : store_(store),
      boot_(boot),
      table_(table),
      first_cluster_(first_cluster == 0 && boot.entry_bits == 32 ? boot.root_cluster
                                                                 : first_cluster),
      piece_bytes_(boot.cluster_bytes) {
  if (first_cluster_ == 0) {
    piece_bytes_ = static_cast<std::size_t>(boot.root_bytes);
    slots_.resize(piece_bytes_);
    store.read(boot.root_offset, slots_);
    pieces_.push_back(boot.root_offset);
  } else {
    runs_ = table.chain(first_cluster_, max_slots * slot_bytes / boot.cluster_bytes + 1);
    for (const ClusterRun& run : runs_) load_run(run);
  }
  if (slot_count() > max_slots) slots_.resize(max_slots * slot_bytes);
  list_ = parse_entries(slots_);
  // On FAT12/16 the upper half of the cluster number means something else to old systems.
  if (boot.entry_bits == 32) return;
  for (Entry& entry : list_.entries) entry.first_cluster &= 0xffffU;
  for (Entry& entry : list_.dots) entry.first_cluster &= 0xffffU;
}

void Directory::load_run(ClusterRun run) {
  const std::size_t before = slots_.size();
  const std::uint64_t offset = offset_of_cluster(boot_, run.first);
  slots_.resize(before + std::size_t{run.count} * boot_.cluster_bytes);
  store_.read(offset, MutableBytes(slots_).subspan(before));
  for (std::uint32_t i = 0; i < run.count; i++) {
    pieces_.push_back(offset + std::uint64_t{i} * boot_.cluster_bytes);
  }
}

std::uint64_t Directory::offset_of(std::size_t slot) const {
  const std::size_t at = slot * slot_bytes;
  return pieces_[at / piece_bytes_] + at % piece_bytes_;
}

const Entry* Directory::find(const LongName& name) const {
  for (const Entry& entry : list_.entries) {
    if (same_name(entry.name, name) || same_name(long_name_of(entry.short_name), name)) {
      return &entry;
    }
  }
  return nullptr;
}

std::set<ShortName> Directory::short_names() const {
  std::set<ShortName> names;
  for (const Entry& entry : list_.entries) names.insert(entry.short_name);
  return names;
}

bool Directory::is_free(std::size_t slot) const {
  return slot >= list_.end || slots_[slot * slot_bytes] == free_mark;
}

// In one sector where the slots fit into one: then a single write makes the entry.
std::optional<std::size_t> Directory::find_room(std::size_t count) const {
  const std::size_t per_sector = slots_per_sector();
  std::size_t length = 0;
  for (std::size_t slot = 0; slot < slot_count(); slot++) {
    if (count <= per_sector && slot % per_sector == 0) length = 0;
    length = is_free(slot) ? length + 1 : 0;
    if (length == count) return slot + 1 - count;
  }
  return std::nullopt;
}

void Directory::grow() {
  const bool is_full =
      first_cluster_ == 0 || slot_count() + boot_.cluster_bytes / slot_bytes > max_slots;
  if (is_full) throw CodedError("FAT_DIRECTORY_FULL", {});
  const auto run = table_.find_free_run(1);
  if (!run)
    throw CodedError("FAT_FULL", {{"neededBytes", std::uint64_t{boot_.cluster_bytes}},
                                  {"freeBytes", std::uint64_t{0}}});
  // Zeroed before it is linked: it must not show entries of an old folder.
  store_.write(offset_of_cluster(boot_, run->first), std::vector<std::byte>(boot_.cluster_bytes));
  store_.flush();
  const ClusterRun& tail = runs_.back();
  const std::uint32_t last = tail.first + tail.count - 1;
  table_.link({*run});
  table_.commit();
  table_.append(last, run->first);
  table_.commit();
  runs_.push_back(*run);
  load_run(*run);
}

void Directory::write_sectors(std::size_t first, std::size_t count) {
  const std::size_t per_sector = slots_per_sector();
  const std::size_t last = (first + count - 1) / per_sector;
  for (std::size_t sector = first / per_sector; sector <= last; sector++) {
    const std::size_t slot = sector * per_sector;
    store_.write(offset_of(slot), Bytes(slots_).subspan(slot * slot_bytes, boot_.sector_bytes));
    store_.flush();
  }
}

void Directory::free_slots(std::size_t first, std::size_t count) {
  for (std::size_t slot = first; slot < first + count; slot++)
    slots_[slot * slot_bytes] = free_mark;
}

void Directory::add(const Entry& entry) {
  const std::vector<std::byte> bytes = serialize_entry(entry);
  const std::size_t count = bytes.size() / slot_bytes;
  std::optional<std::size_t> room = find_room(count);
  while (!room) {
    grow();
    room = find_room(count);
  }
  const std::size_t after = *room + count;
  if (after > list_.end) {
    // What lies behind the end of a folder need not be zero.
    if (after < slot_count()) {
      const auto next = slots_.begin() + static_cast<std::ptrdiff_t>(after * slot_bytes);
      std::fill(next, next + slot_bytes, std::byte{0});
      if (after % slots_per_sector() == 0) write_sectors(after, 1);
    }
    if (*room > list_.end) {
      // The end moves up to the new entry before that is there.
      if (slots_[*room * slot_bytes] != std::byte{0}) {
        slots_[*room * slot_bytes] = std::byte{0};
        write_sectors(*room, 1);
      }
      free_slots(list_.end, *room - list_.end);
      write_sectors(list_.end, *room - list_.end);
    }
  }
  std::copy(bytes.begin(), bytes.end(),
            slots_.begin() + static_cast<std::ptrdiff_t>(*room * slot_bytes));
  write_sectors(*room, count);
  list_ = parse_entries(slots_);
}

void Directory::update(const Entry& entry) {
  const std::size_t slot = entry.short_slot();
  put_content(MutableBytes(slots_).subspan(slot * slot_bytes, slot_bytes), entry);
  write_sectors(slot, 1);
  list_ = parse_entries(slots_);
}

void Directory::remove(const Entry& entry) {
  const std::size_t per_sector = slots_per_sector();
  const std::size_t short_slot = entry.short_slot();
  // Slots of the name in the short entry's own sector go with it, in the same write.
  const std::size_t together = std::max(entry.first_slot, short_slot / per_sector * per_sector);
  free_slots(together, short_slot + 1 - together);
  write_sectors(together, short_slot + 1 - together);
  if (together > entry.first_slot) {
    free_slots(entry.first_slot, together - entry.first_slot);
    write_sectors(entry.first_slot, together - entry.first_slot);
  }
  list_ = parse_entries(slots_);
}

void Directory::remove_orphans() {
  for (const std::size_t slot : list_.orphans) {
    free_slots(slot, 1);
    write_sectors(slot, 1);
  }
  list_ = parse_entries(slots_);
}

}  // namespace nacre::fat
