// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdint>
#include <utility>
#include <vector>

#include "ntfs/ext_session.h"
#include "ntfs/folder_tree.h"

namespace nacre::files {
namespace {

constexpr std::uint32_t mode_bits = 07777;
constexpr std::int64_t ns_per_second = 1'000'000'000;

struct Listing {
  StoreBridge* bridge;
  std::vector<std::pair<std::string, ext2_ino_t>> entries;
};

int note_entry(ext2_ino_t /*folder*/, int kind, ext2_dir_entry* entry, int /*offset*/,
               int /*block_size*/, char* /*buffer*/, void* data) {
  auto& listing = *static_cast<Listing*>(data);
  if (kind != DIRENT_OTHER_FILE || entry->inode == 0) return 0;
  const bool is_done = listing.bridge->attempt([&] {
    std::string name(entry->name, static_cast<std::size_t>(ext2fs_dirent_name_len(entry)));
    // In a folder inside its inode these two are told as any other.
    if (name != "." && name != "..") listing.entries.emplace_back(std::move(name), entry->inode);
  });
  return is_done ? 0 : DIRENT_ABORT;
}

ItemKind kind_of(std::uint16_t mode) {
  if (LINUX_S_ISREG(mode)) return ItemKind::file;
  if (LINUX_S_ISDIR(mode)) return ItemKind::folder;
  if (LINUX_S_ISLNK(mode)) return ItemKind::link;
  return ItemKind::other;
}

// Two bits of the second word carry the seconds past 2038, the others are nanoseconds
// (Documentation/filesystems/ext4/inodes.rst, "Inode Timestamps").
std::int64_t unix_ns(std::uint32_t seconds, std::uint32_t extra) {
  const auto high = static_cast<std::int64_t>(extra & 3U) << 32U;
  const std::int64_t whole = static_cast<std::int32_t>(seconds) + high;
  return whole * ns_per_second + static_cast<std::int64_t>(extra >> 2U);
}

class ExtTree final : public TreeSource {
 public:
  explicit ExtTree(BlockStore& store) : session_(store, false) {}

  [[nodiscard]] std::uint64_t root() override { return EXT2_ROOT_INO; }

  void entries(std::uint64_t folder, const Visit& visit) override {
    const VolumePath path{"a folder", {}};
    Listing listing{.bridge = &session_.bridge(), .entries = {}};
    session_.require(ext2fs_dir_iterate2(session_.volume(), static_cast<ext2_ino_t>(folder), 0,
                                         nullptr, note_entry, &listing),
                     "list", path);
    for (auto& [name, number] : listing.entries) visit(entry_of(std::move(name), number));
  }

 private:
  [[nodiscard]] TreeEntry entry_of(std::string name, ext2_ino_t number) {
    // Zero where the volume's inodes are shorter.
    ext2_inode_large inode{};
    session_.require(
        ext2fs_read_inode_full(session_.volume(), number, reinterpret_cast<ext2_inode*>(&inode),
                               static_cast<int>(sizeof(inode))),
        "read", VolumePath{name, {}});
    const ItemKind kind = kind_of(inode.i_mode);
    TreeEntry entry;
    entry.name = std::move(name);
    entry.kind = kind;
    const auto size = static_cast<std::uint64_t>(inode.i_size_high) << 32U | inode.i_size;
    entry.size_bytes = kind == ItemKind::file ? size : kind == ItemKind::link ? inode.i_size : 0;
    const bool has_extra = has_field(inode, offsetof(ext2_inode_large, i_mtime_extra));
    entry.modified_ns = unix_ns(inode.i_mtime, has_extra ? inode.i_mtime_extra : 0);
    const bool has_creation = has_field(inode, offsetof(ext2_inode_large, i_crtime));
    entry.id = number;
    entry.stamp =
        static_cast<std::uint64_t>(inode.i_generation) << 32U | (has_creation ? inode.i_crtime : 0);
    entry.owner = inode_uid(inode);
    entry.group = inode_gid(inode);
    entry.mode = inode.i_mode & mode_bits;
    entry.folder = number;
    return entry;
  }

  /// True when an inode of this volume has the four bytes from `offset` on.
  [[nodiscard]] bool has_field(const ext2_inode_large& inode, std::size_t offset) const {
    if (EXT2_INODE_SIZE(session_.volume()->super) <= EXT2_GOOD_OLD_INODE_SIZE) return false;
    return EXT2_GOOD_OLD_INODE_SIZE + std::size_t{inode.i_extra_isize} >= offset + 4;
  }

  ExtSession session_;
};

}  // namespace

std::unique_ptr<TreeSource> open_ext_tree(BlockStore& store) {
  return std::make_unique<ExtTree>(store);
}

}  // namespace nacre::files
