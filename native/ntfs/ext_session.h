// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/block_store.h"
#include "ntfs/ext_library.h"
#include "ntfs/store_bridge.h"
#include "ntfs/volume_path.h"

namespace nacre::files {

/// An open volume of libext2fs: inodes by path, and its failures as exceptions.
class ExtSession {
 public:
  ExtSession(BlockStore& store, bool can_write);
  ExtSession(const ExtSession&) = delete;
  ExtSession& operator=(const ExtSession&) = delete;
  ExtSession(ExtSession&&) = delete;
  ExtSession& operator=(ExtSession&&) = delete;
  ~ExtSession();

  [[nodiscard]] ext2_filsys volume() const { return volume_; }
  [[nodiscard]] StoreBridge& bridge() { return bridge_; }

  /// 0 when there is no such name. @throws CodedError VOLUME_NOT_A_FOLDER, VOLUME_PATH_REFUSED
  [[nodiscard]] ext2_ino_t find(const VolumePath& path);
  /// The folder that holds the path's last name. @throws CodedError VOLUME_NOT_FOUND
  [[nodiscard]] ext2_ino_t parent_of(const VolumePath& path);
  /// A name in a folder; 0 when it is not there.
  [[nodiscard]] ext2_ino_t child(ext2_ino_t folder, const std::string& name,
                                 const VolumePath& path);
  [[nodiscard]] ext2_inode inode(ext2_ino_t number, const VolumePath& path);
  void store_inode(ext2_ino_t number, ext2_inode& inode, const VolumePath& path);
  /// Seconds for time stamps.
  [[nodiscard]] static std::uint32_t now();

  /// Runs what frees blocks of a file: with the last block of the volume among them, too, which
  /// libext2fs 1.47.0 takes for one behind its end. @throws CodedError VOLUME_DAMAGED
  [[nodiscard]] errcode_t free_blocks(ext2_ino_t number, const VolumePath& path,
                                      const std::function<errcode_t()>& work);

  /// Writes everything into the store.
  void close();
  /// Throws what an error code means: what the store threw, VOLUME_FULL, VOLUME_IO; 0 is none.
  void require(errcode_t result, const char* action, const VolumePath& path,
               std::uint64_t needed = 0);

 private:
  [[nodiscard]] blk64_t highest_block(ext2_ino_t number, const VolumePath& path);
  [[nodiscard]] ext2_ino_t walk(const VolumePath& path, std::size_t count);
  void open_for_writing();
  static errcode_t allocate(ext2_filsys volume, blk64_t goal, blk64_t* block);
  static void note_allocation(ext2_filsys volume, blk64_t block, int in_use);

  StoreBridge bridge_;
  ext2_filsys volume_ = nullptr;
  // Blocks in use at the beginning or taken since. What the batch frees stays in it: new data there
  // would have to be held in memory.
  ext2fs_block_bitmap taken_ = nullptr;
};

}  // namespace nacre::files
