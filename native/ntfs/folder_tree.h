// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/block_store.h"
#include "core/bytes.h"
#include "ntfs/file_volume.h"

namespace nacre::files {

/// A name in a folder, and what is behind it.
struct TreeEntry {
  /// As it lies on the volume: UTF-8 on NTFS and FAT, any bytes on ext.
  std::string name;
  ItemKind kind = ItemKind::other;
  std::uint64_t size_bytes = 0;
  /// Nanoseconds since 1970, UTC; the nearest that 64 bits hold.
  std::int64_t modified_ns = 0;
  /// Names the file for as long as it exists: MFT reference, inode number, first cluster; 0 where
  /// there is none.
  std::uint64_t id = 0;
  /// Differs when another file took over the id: its creation. 0 where nobody knows.
  std::uint64_t stamp = 0;
  /// Only ext has these.
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t mode = 0;
  /// Folders: what `entries` of the source takes.
  std::uint64_t folder = 0;
};

/// The folders of an open volume, by numbers of its own.
class TreeSource {
 public:
  using Visit = std::function<void(TreeEntry)>;

  TreeSource() = default;
  TreeSource(const TreeSource&) = delete;
  TreeSource& operator=(const TreeSource&) = delete;
  TreeSource(TreeSource&&) = delete;
  TreeSource& operator=(TreeSource&&) = delete;
  virtual ~TreeSource() = default;

  [[nodiscard]] virtual std::uint64_t root() = 0;
  /// What a folder holds, without `.`, `..` and what belongs to the file system itself.
  virtual void entries(std::uint64_t folder, const Visit& visit) = 0;
};

[[nodiscard]] std::unique_ptr<TreeSource> open_fat_tree(BlockStore& store);
[[nodiscard]] std::unique_ptr<TreeSource> open_ntfs_tree(BlockStore& store,
                                                         std::uint32_t sector_size);
[[nodiscard]] std::unique_ptr<TreeSource> open_ext_tree(BlockStore& store);
/// By what the volume is. @throws CodedError VOLUME_UNSUPPORTED, VOLUME_DAMAGED
[[nodiscard]] std::unique_ptr<TreeSource> open_tree(BlockStore& store, std::uint32_t sector_size);

/// How large a tree may be.
struct TreeLimits {
  std::uint32_t entries = 0;
  /// Folders inside each other.
  std::uint32_t depth = 0;
};

/// Goes through all folders, one after the other, those of the root first: what a folder holds
/// stands together, and behind the folder itself. `send` gets entries in pieces of some KiB:
///
///     0 number of the folder u32, 0 the root, else the entry with that number, counted from 1
///     4 kind u8 | 5 length of the name u16 | 7 name | size u64 | modified u64 | id u64 | stamp u64
///     owner u32 | group u32 | mode u32
///
/// @returns the number of entries
/// @throws CodedError VOLUME_TREE_LIMIT; VOLUME_DAMAGED when a folder lies in two places
std::uint64_t walk_tree(TreeSource& source, const TreeLimits& limits,
                        const std::function<void(Bytes)>& send);

}  // namespace nacre::files
