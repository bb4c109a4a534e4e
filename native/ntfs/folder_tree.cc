// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/folder_tree.h"

#include <deque>
#include <span>
#include <unordered_set>

#include "core/error.h"
#include "core/file_system/probe.h"

namespace nacre::files {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 16U;
constexpr std::size_t most_name_bytes = 4096;

/// A folder that has not been gone through.
struct Pending {
  std::uint64_t folder;
  std::uint32_t number;
  std::uint32_t depth;
};

/// Packs entries, and hands them on in pieces.
class EntryWriter {
 public:
  explicit EntryWriter(const std::function<void(Bytes)>& send) : send_(send) {}

  void add(std::uint32_t parent, const TreeEntry& entry) {
    if (entry.name.size() > most_name_bytes) throw FormatError("tree: length of a name");
    put(parent);
    put(static_cast<std::uint8_t>(entry.kind));
    put(static_cast<std::uint16_t>(entry.name.size()));
    const Bytes name = std::as_bytes(std::span(entry.name));
    bytes_.insert(bytes_.end(), name.begin(), name.end());
    put(entry.size_bytes);
    put(static_cast<std::uint64_t>(entry.modified_ns));
    put(entry.id);
    put(entry.stamp);
    put(entry.owner);
    put(entry.group);
    put(entry.mode);
    if (bytes_.size() >= piece_bytes) flush();
  }
  void flush() {
    if (bytes_.empty()) return;
    send_(bytes_);
    bytes_.clear();
  }

 private:
  template <std::unsigned_integral T>
  void put(T value) {
    bytes_.resize(bytes_.size() + sizeof(T));
    put_little_endian(bytes_, bytes_.size() - sizeof(T), value);
  }

  const std::function<void(Bytes)>& send_;
  std::vector<std::byte> bytes_;
};

CodedError too_large(const char* what, std::uint64_t most) {
  return CodedError("VOLUME_TREE_LIMIT", {{"what", what}, {"most", most}});
}

}  // namespace

std::unique_ptr<TreeSource> open_tree(BlockStore& store, std::uint32_t sector_size) {
  const VolumeReport report = probe_volume(store);
  switch (report.type) {
    case FileSystemType::fat12:
    case FileSystemType::fat16:
    case FileSystemType::fat32:
      return open_fat_tree(store);
    case FileSystemType::ntfs:
      return open_ntfs_tree(store, sector_size);
    case FileSystemType::ext2:
    case FileSystemType::ext3:
    case FileSystemType::ext4:
      return open_ext_tree(store);
    default:
      throw CodedError("VOLUME_UNSUPPORTED", {{"fileSystem", name_of(report.type)},
                                              {"reason", "files are listed on FAT, NTFS, ext"}});
  }
}

std::uint64_t walk_tree(TreeSource& source, const TreeLimits& limits,
                        const std::function<void(Bytes)>& send) {
  EntryWriter writer(send);
  std::uint32_t count = 0;
  std::deque<Pending> pending{{.folder = source.root(), .number = 0, .depth = 1}};
  std::unordered_set<std::uint64_t> seen{source.root()};
  while (!pending.empty()) {
    const Pending at = pending.front();
    pending.pop_front();
    source.entries(at.folder, [&](const TreeEntry& entry) {
      if (count == limits.entries) throw too_large("entries", limits.entries);
      count++;
      writer.add(at.number, entry);
      if (entry.kind != ItemKind::folder) return;
      if (at.depth == limits.depth) throw too_large("depth", limits.depth);
      if (!seen.insert(entry.folder).second) {
        throw CodedError("VOLUME_DAMAGED",
                         {{"fileSystem", "volume"},
                          {"reason", "the folder " + entry.name + " lies in two places"}});
      }
      pending.push_back({.folder = entry.folder, .number = count, .depth = at.depth + 1});
    });
  }
  writer.flush();
  return count;
}

}  // namespace nacre::files
