#include "core/fat/volume.h"

#include <algorithm>

#include "core/error.h"

namespace nacre::fat {
namespace {

constexpr std::uint64_t max_file_bytes = UINT32_MAX;
constexpr std::size_t boot_bytes = 512;

FatBootSector read_boot(const BlockStore& store) {
  std::vector<std::byte> sector(boot_bytes);
  store.read(0, sector);
  return parse_fat_boot_sector(sector, store.size());
}

// Linux marks a mounted volume in the boot sector instead of the FAT.
bool is_marked_by_linux(const BlockStore& store, const FatBootSector& boot) {
  std::vector<std::byte> sector(boot_bytes);
  store.read(0, sector);
  return (sector[boot.entry_bits == 32 ? 65 : 37] & std::byte{1}) != std::byte{0};
}

CodedError path_error(const char* code, std::string_view path) {
  return {code, {{"path", std::string(path)}}};
}

Item item_of(const Entry& entry) {
  return {.name = utf8_of(entry.name),
          .is_folder = entry.is_folder(),
          .attributes = entry.attributes,
          .size_bytes = entry.size_bytes,
          .modified_seconds = unix_seconds_of(entry.modified)};
}

}  // namespace

Volume::Volume(BlockStore& store)
    : store_(store),
      boot_(read_boot(store)),
      table_(store, boot_),
      was_clean_(table_.is_clean() && !is_marked_by_linux(store, boot_)) {}

Space Volume::space() {
  const std::uint64_t cluster = boot_.cluster_bytes;
  return {.total_bytes = boot_.cluster_count * cluster,
          .free_bytes = table_.count_free() * cluster,
          .cluster_bytes = boot_.cluster_bytes};
}

std::vector<LongName> Volume::parse_path(std::string_view path) {
  std::vector<LongName> names;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end != 0) names.push_back(parse_name(path.substr(0, end)));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return names;
}

Directory Volume::open_folder(const std::vector<LongName>& names, std::string_view path) {
  std::uint32_t cluster = 0;
  for (const LongName& name : names) {
    const Directory folder(store_, boot_, table_, cluster);
    const Entry* entry = folder.find(name);
    if (entry == nullptr) throw path_error("FAT_NOT_FOUND", path);
    if (!entry->is_folder()) throw path_error("FAT_NOT_A_FOLDER", path);
    if (!table_.is_cluster(entry->first_cluster)) throw FormatError("FAT: cluster of a folder");
    cluster = entry->first_cluster;
  }
  return {store_, boot_, table_, cluster};
}

Volume::Place Volume::place_of(std::string_view path) {
  std::vector<LongName> names = parse_path(path);
  if (names.empty()) throw path_error("FAT_NOT_A_FILE", path);
  LongName name = std::move(names.back());
  names.pop_back();
  return {.folder = open_folder(names, path), .name = std::move(name)};
}

std::vector<Item> Volume::list(std::string_view path) {
  std::vector<Item> items;
  const Directory folder = open_folder(parse_path(path), path);
  for (const Entry& entry : folder.list().entries) items.push_back(item_of(entry));
  return items;
}

std::optional<Item> Volume::find(std::string_view path) {
  try {
    const Place place = place_of(path);
    const Entry* entry = place.folder.find(place.name);
    return entry == nullptr ? std::nullopt : std::optional(item_of(*entry));
  } catch (const CodedError& error) {
    if (error.code() == "FAT_NOT_FOUND" || error.code() == "FAT_NOT_A_FOLDER") return std::nullopt;
    throw;
  }
}

std::optional<Entry> Volume::find_file(std::string_view path) {
  const Place place = place_of(path);
  const Entry* entry = place.folder.find(place.name);
  if (entry == nullptr) return std::nullopt;
  if (entry->is_folder()) throw path_error("FAT_NOT_A_FILE", path);
  return *entry;
}

Entry Volume::require_file(std::string_view path) {
  if (const auto entry = find_file(path)) return *entry;
  throw path_error("FAT_NOT_FOUND", path);
}

std::uint32_t Volume::clusters_for(std::uint64_t length) const {
  return static_cast<std::uint32_t>((length + boot_.cluster_bytes - 1) / boot_.cluster_bytes);
}

std::vector<ClusterRun> Volume::chain_of(const Entry& entry) {
  if (entry.first_cluster == 0) {
    if (entry.size_bytes != 0) throw FormatError("FAT: file without clusters");
    return {};
  }
  std::vector<ClusterRun> runs = table_.chain(entry.first_cluster, boot_.cluster_count);
  std::uint64_t count = 0;
  for (const ClusterRun& run : runs) count += run.count;
  if (count < clusters_for(entry.size_bytes)) throw FormatError("FAT: chain shorter than its file");
  return runs;
}

std::vector<ByteRange> Volume::ranges(std::string_view path) {
  const Entry entry = require_file(path);
  std::vector<ByteRange> found;
  std::uint64_t left = entry.size_bytes;
  for (const ClusterRun& run : chain_of(entry)) {
    const std::uint64_t length = std::min(left, std::uint64_t{run.count} * boot_.cluster_bytes);
    if (length == 0) break;
    found.push_back({.offset = offset_of_cluster(boot_, run.first), .length = length});
    left -= length;
  }
  return found;
}

std::vector<std::byte> Volume::read(std::string_view path, std::uint64_t offset,
                                    std::size_t length) {
  std::vector<std::byte> bytes;
  std::uint64_t begin = 0;
  for (const ByteRange& range : ranges(path)) {
    const std::uint64_t end = begin + range.length;
    const std::uint64_t from = std::max(offset + bytes.size(), begin);
    if (from < end && bytes.size() < length) {
      const std::uint64_t part = std::min<std::uint64_t>(end - from, length - bytes.size());
      const std::size_t before = bytes.size();
      bytes.resize(before + static_cast<std::size_t>(part));
      store_.read(range.offset + (from - begin), MutableBytes(bytes).subspan(before));
    }
    begin = end;
  }
  return bytes;
}

CodedError Volume::full(std::uint64_t needed) {
  return {"FAT_FULL", {{"neededBytes", needed}, {"freeBytes", space().free_bytes}}};
}

std::vector<ClusterRun> Volume::allocate(std::uint64_t length) {
  if (length > max_file_bytes)
    throw CodedError("FAT_FILE_TOO_LARGE",
                     {{"neededBytes", length}, {"mostBytes", max_file_bytes}});
  auto runs = table_.find_free(clusters_for(length));
  if (!runs) throw full(length);
  return std::move(*runs);
}

void Volume::write_clusters(const std::vector<ClusterRun>& runs, Bytes content) {
  // A whole number of sectors: the rest of the last one is zero, not what was there.
  for (const ClusterRun& run : runs) {
    const std::uint64_t room = std::uint64_t{run.count} * boot_.cluster_bytes;
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(room, content.size()));
    const std::size_t whole = length - length % boot_.sector_bytes;
    const std::uint64_t offset = offset_of_cluster(boot_, run.first);
    if (whole != 0) store_.write(offset, content.first(whole));
    if (whole != length) {
      std::vector<std::byte> last(boot_.sector_bytes);
      const Bytes rest = content.subspan(whole, length - whole);
      std::copy(rest.begin(), rest.end(), last.begin());
      store_.write(offset + whole, last);
    }
    content = content.subspan(length);
  }
  store_.flush();
}

// The mark is on the disk before the first change.
void Volume::begin() {
  if (is_changing_) return;
  is_changing_ = true;
  if (!was_clean_) return;
  table_.set_clean(false);
  table_.commit();
}

// Without room for its entry a file gives its clusters back.
void Volume::add_entry(Directory& folder, const Entry& entry, const std::vector<ClusterRun>& runs,
                       std::string_view path) {
  try {
    folder.add(entry);
  } catch (const CodedError& error) {
    table_.discard();
    table_.release(runs);
    table_.commit();
    if (error.code() == "FAT_DIRECTORY_FULL") throw path_error("FAT_DIRECTORY_FULL", path);
    throw;
  }
}

void Volume::put_entry(std::string_view path, const std::vector<ClusterRun>& runs,
                       std::uint64_t length, std::int64_t now_seconds) {
  Place place = place_of(path);
  const Entry* found = place.folder.find(place.name);
  if (found != nullptr && found->is_folder()) throw path_error("FAT_NOT_A_FILE", path);
  const std::vector<ClusterRun> old =
      found == nullptr ? std::vector<ClusterRun>{} : chain_of(*found);
  Entry entry = found == nullptr ? Entry{} : *found;
  table_.link(runs);
  table_.commit();
  entry.first_cluster = runs.empty() ? 0 : runs.front().first;
  entry.size_bytes = static_cast<std::uint32_t>(length);
  entry.modified = stamp_of(now_seconds);
  if (found != nullptr) {
    place.folder.update(entry);
  } else {
    entry.name = place.name;
    entry.short_name = short_name_for(place.name, place.folder.short_names());
    entry.attributes = archive_attribute;
    add_entry(place.folder, entry, runs, path);
  }
  table_.release(old);
  table_.commit();
}

void Volume::write(std::string_view path, Bytes content, std::int64_t now_seconds) {
  // Looked for before anything is written: a missing folder or a broken chain changes nothing.
  if (const auto found = find_file(path)) static_cast<void>(chain_of(*found));
  const std::vector<ClusterRun> runs = allocate(content.size());
  begin();
  write_clusters(runs, content);
  put_entry(path, runs, content.size(), now_seconds);
}

ByteRange Volume::reserve(std::uint64_t length) {
  if (length == 0 || length > max_file_bytes)
    throw CodedError("FAT_FILE_TOO_LARGE",
                     {{"neededBytes", length}, {"mostBytes", max_file_bytes}});
  const auto run = table_.find_free_run(clusters_for(length));
  if (!run) throw full(length);
  return {.offset = offset_of_cluster(boot_, run->first), .length = length};
}

void Volume::publish(std::string_view path, ByteRange reserved, std::int64_t now_seconds) {
  const std::uint64_t data_bytes = boot_.cluster_count * boot_.cluster_bytes;
  const std::uint64_t from_data = reserved.offset - boot_.data_offset;
  const bool is_inside = reserved.offset >= boot_.data_offset && from_data < data_bytes &&
                         from_data % boot_.cluster_bytes == 0 && reserved.length != 0 &&
                         reserved.length <= std::min(data_bytes - from_data, max_file_bytes);
  if (!is_inside) throw FormatError("FAT: reserved range");
  const ClusterRun run{.first = static_cast<std::uint32_t>(from_data / boot_.cluster_bytes) + 2,
                       .count = clusters_for(reserved.length)};
  for (std::uint32_t i = 0; i < run.count; i++) {
    if (table_.entry(run.first + i) != 0) throw FormatError("FAT: reserved range is taken");
  }
  begin();
  put_entry(path, {run}, reserved.length, now_seconds);
}

void Volume::overwrite(std::string_view path, std::uint64_t offset, Bytes bytes) {
  const std::uint64_t sector = offset / boot_.sector_bytes * boot_.sector_bytes;
  const auto at = static_cast<std::size_t>(offset - sector);
  const Entry entry = require_file(path);
  const bool is_inside = offset <= entry.size_bytes && bytes.size() <= entry.size_bytes - offset;
  if (!is_inside || at + bytes.size() > boot_.sector_bytes)
    throw FormatError("FAT: place in a file");
  std::uint64_t begin = 0;
  for (const ClusterRun& run : chain_of(entry)) {
    const std::uint64_t end = begin + std::uint64_t{run.count} * boot_.cluster_bytes;
    if (sector >= end) {
      begin = end;
      continue;
    }
    const std::uint64_t place = offset_of_cluster(boot_, run.first) + (sector - begin);
    std::vector<std::byte> content(boot_.sector_bytes);
    store_.read(place, content);
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
    store_.write(place, content);
    store_.flush();
    return;
  }
}

void Volume::make_folder(std::string_view path, std::int64_t now_seconds) {
  Place place = place_of(path);
  if (const Entry* found = place.folder.find(place.name)) {
    if (found->is_folder()) return;
    throw path_error("FAT_NOT_A_FOLDER", path);
  }
  const std::vector<ClusterRun> run = allocate(boot_.cluster_bytes);
  const std::uint32_t parent = place.folder.runs().empty() ? 0 : place.folder.runs().front().first;
  Entry entry{.name = place.name,
              .attributes = folder_attribute,
              .first_cluster = run.front().first,
              .modified = stamp_of(now_seconds)};
  entry.short_name = short_name_for(place.name, place.folder.short_names());

  std::vector<std::byte> content(boot_.cluster_bytes);
  Entry dot = entry;
  dot.short_name = {'.', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
  dot.name = long_name_of(dot.short_name);
  Entry parent_dot = dot;
  parent_dot.short_name[1] = '.';
  parent_dot.name = long_name_of(parent_dot.short_name);
  // The root is cluster 0 here, also on FAT32.
  parent_dot.first_cluster = parent == boot_.root_cluster ? 0 : parent;
  std::size_t at = 0;
  for (const Entry& self : {dot, parent_dot}) {
    const std::vector<std::byte> slot = serialize_entry(self);
    std::copy(slot.begin(), slot.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
    at += slot_bytes;
  }
  begin();
  write_clusters(run, content);
  table_.link(run);
  table_.commit();
  add_entry(place.folder, entry, run, path);
}

void Volume::remove(std::string_view path) {
  Place place = place_of(path);
  const Entry* found = place.folder.find(place.name);
  if (found == nullptr) return;
  const Entry entry = *found;
  if (entry.is_folder()) {
    const Directory folder(store_, boot_, table_, entry.first_cluster);
    if (!folder.list().entries.empty()) throw path_error("FAT_FOLDER_NOT_EMPTY", path);
  }
  const std::vector<ClusterRun> old = chain_of(entry);
  begin();
  place.folder.remove(entry);
  table_.release(old);
  table_.commit();
}

void Volume::write_info() {
  if (boot_.info_sector == 0) return;
  const std::uint64_t offset = std::uint64_t{boot_.info_sector} * boot_.sector_bytes;
  std::vector<std::byte> sector(boot_.sector_bytes);
  store_.read(offset, sector);
  const bool is_info = little_endian<std::uint32_t>(sector, 0, "FSInfo") == 0x41615252 &&
                       little_endian<std::uint32_t>(sector, 484, "FSInfo") == 0x61417272;
  if (!is_info) return;
  put_little_endian<std::uint32_t>(sector, 488, table_.count_free());
  put_little_endian<std::uint32_t>(sector, 492, UINT32_MAX);
  store_.write(offset, sector);
  store_.flush();
}

void Volume::finish() {
  if (!is_changing_) return;
  write_info();
  if (was_clean_) {
    table_.set_clean(true);
    table_.commit();
  }
  is_changing_ = false;
}

}  // namespace nacre::fat
