// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdint>
#include <utility>
#include <vector>

#include "ntfs/folder_tree.h"
#include "ntfs/ntfs_name.h"
#include "ntfs/ntfs_session.h"

namespace nacre::files {
namespace {

// 100 ns since 1601 (MS-FSCC section 2.1.1) at 1970, and at the ends of 64 bits of nanoseconds.
constexpr std::int64_t epoch_ticks = 116'444'736'000'000'000;
constexpr std::int64_t ns_per_tick = 100;
constexpr std::int64_t most_ticks = INT64_MAX / ns_per_tick;

std::int64_t unix_ns(ntfs_time time) {
  const auto ticks = static_cast<std::int64_t>(sle64_to_cpu(time));
  if (ticks < epoch_ticks - most_ticks) return INT64_MIN;
  if (ticks - epoch_ticks > most_ticks) return INT64_MAX;
  return (ticks - epoch_ticks) * ns_per_tick;
}

struct Listed {
  std::string name;
  MFT_REF reference;
};

struct Listing {
  std::vector<Listed> names;
  StoreBridge* bridge;
};

int list_name(void* listing, const ntfschar* name, const int length, const int name_type,
              const s64 /*position*/, const MFT_REF reference, const unsigned /*type*/) {
  auto& result = *static_cast<Listing*>(listing);
  // Each file with a short name has a long one too; records of NTFS itself are not files.
  if (name_type == FILE_NAME_DOS || MREF(reference) < FILE_first_user) return 0;
  const bool is_done = result.bridge->attempt([&] {
    std::string text = utf8_name(name, length);
    if (text != "." && text != "..") result.names.push_back({std::move(text), reference});
  });
  return is_done ? 0 : -1;
}

class NtfsTree final : public TreeSource {
 public:
  NtfsTree(BlockStore& store, std::uint32_t sector_size) : session_(store, sector_size, false) {}

  [[nodiscard]] std::uint64_t root() override { return FILE_root; }

  void entries(std::uint64_t folder, const Visit& visit) override {
    Listing listing{.names = {}, .bridge = session_.bridge()};
    const VolumePath path{"a folder", {}};
    {
      const Inode inode = session_.open(folder, path);
      s64 position = 0;
      if (ntfs_readdir(inode.get(), &position, &listing, list_name) != 0) {
        session_.fail("list", path);
      }
    }
    for (Listed& listed : listing.names) {
      const Inode inode = session_.open(listed.reference, VolumePath{listed.name, {}});
      visit(entry_of(inode.get(), std::move(listed)));
    }
  }

 private:
  [[nodiscard]] static TreeEntry entry_of(const ntfs_inode* inode, Listed listed) {
    const bool is_plain_folder = is_folder(inode) && !is_link(inode);
    TreeEntry entry;
    entry.name = std::move(listed.name);
    entry.kind = is_link(inode)    ? ItemKind::link
                 : is_plain_folder ? ItemKind::folder
                                   : ItemKind::file;
    entry.size_bytes = is_folder(inode) ? 0 : static_cast<std::uint64_t>(inode->data_size);
    entry.modified_ns = unix_ns(inode->last_data_change_time);
    entry.id = listed.reference;
    entry.stamp = static_cast<std::uint64_t>(sle64_to_cpu(inode->creation_time));
    entry.folder = MREF(listed.reference);
    return entry;
  }

  NtfsSession session_;
};

}  // namespace

std::unique_ptr<TreeSource> open_ntfs_tree(BlockStore& store, std::uint32_t sector_size) {
  return std::make_unique<NtfsTree>(store, sector_size);
}

}  // namespace nacre::files
