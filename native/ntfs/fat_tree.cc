// SPDX-License-Identifier: GPL-2.0-or-later
#include <vector>

#include "core/error.h"
#include "core/fat/directory.h"
#include "core/fat/table.h"
#include "core/file_system/fat_boot_sector.h"
#include "ntfs/folder_tree.h"

namespace nacre::files {
namespace {

constexpr std::size_t boot_bytes = 512;
constexpr std::int64_t ns_per_second = 1'000'000'000;

FatBootSector read_boot(const BlockStore& store) {
  std::vector<std::byte> sector(boot_bytes);
  store.read(0, sector);
  return parse_fat_boot_sector(sector, store.size());
}

class FatTree final : public TreeSource {
 public:
  explicit FatTree(BlockStore& store)
      : store_(store), boot_(read_boot(store)), table_(store, boot_) {}

  [[nodiscard]] std::uint64_t root() override {
    return boot_.entry_bits == 32 ? boot_.root_cluster : 0;
  }

  void entries(std::uint64_t folder, const Visit& visit) override {
    const fat::Directory directory(store_, boot_, table_, static_cast<std::uint32_t>(folder));
    for (const fat::Entry& entry : directory.list().entries) {
      if (entry.is_folder() && !table_.is_cluster(entry.first_cluster)) {
        throw FormatError("FAT: cluster of a folder");
      }
      visit({.name = fat::utf8_of(entry.name),
             .kind = entry.is_folder() ? ItemKind::folder : ItemKind::file,
             .size_bytes = entry.is_folder() ? 0 : entry.size_bytes,
             .modified_ns = fat::unix_seconds_of(entry.modified) * ns_per_second,
             .id = entry.first_cluster,
             .stamp = entry.created,
             .folder = entry.first_cluster});
    }
  }

 private:
  BlockStore& store_;
  FatBootSector boot_;
  fat::Table table_;
};

}  // namespace

std::unique_ptr<TreeSource> open_fat_tree(BlockStore& store) {
  return std::make_unique<FatTree>(store);
}

}  // namespace nacre::files
