// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ext_session.h"

#include <algorithm>
#include <ctime>

#include "ntfs/ext_channel.h"
#include "ntfs/ext_features.h"

namespace nacre::files {

ExtSession::ExtSession(BlockStore& store, bool can_write) : bridge_(store) {
  initialize_ext2_error_table();
  const int flags = EXT2_FLAG_64BITS | (can_write ? EXT2_FLAG_RW : 0);
  const errcode_t result =
      ext2fs_open2("window", nullptr, flags, 0, 0, ext_store_manager(bridge_), &volume_);
  if (result != 0) {
    bridge_.rethrow();
    throw CodedError("VOLUME_DAMAGED", {{"fileSystem", "ext"}, {"reason", error_message(result)}});
  }
  if (can_write) open_for_writing();
}

ExtSession::~ExtSession() {
  if (taken_ != nullptr) ext2fs_free_block_bitmap(taken_);
  if (volume_ != nullptr) ext2fs_free(volume_);
}

void ExtSession::open_for_writing() {
  const std::string features = features_in_the_way(*volume_->super);
  if (!features.empty()) {
    throw CodedError("VOLUME_UNSUPPORTED",
                     {{"fileSystem", "ext"}, {"reason", "it has the features " + features}});
  }
  // As the kernel does: copies of the superblock keep what mke2fs put there.
  volume_->flags |= EXT2_FLAG_MASTER_SB_ONLY;
  require(ext2fs_read_bitmaps(volume_), "read the bitmaps of", {});
  require(ext2fs_copy_bitmap(volume_->block_map, &taken_), "read the bitmaps of", {});
  volume_->priv_data = this;
  ext2fs_set_alloc_block_callback(volume_, allocate, nullptr);
  ext2fs_set_block_alloc_stats_callback(volume_, note_allocation, nullptr);
}

errcode_t ExtSession::allocate(ext2_filsys volume, blk64_t goal, blk64_t* block) {
  const auto& session = *static_cast<const ExtSession*>(volume->priv_data);
  const errcode_t result = ext2fs_new_block2(volume, goal, session.taken_, block);
  if (result != EXT2_ET_BLOCK_ALLOC_FAIL) return result;
  return ext2fs_new_block2(volume, goal, volume->block_map, block);
}

void ExtSession::note_allocation(ext2_filsys volume, blk64_t block, int in_use) {
  const auto& session = *static_cast<const ExtSession*>(volume->priv_data);
  if (in_use > 0) ext2fs_mark_block_bitmap2(session.taken_, block);
}

void ExtSession::require(errcode_t result, const char* action, const VolumePath& path,
                         std::uint64_t needed) {
  bridge_.rethrow();
  if (result == 0) return;
  const ext2_super_block& super = *volume_->super;
  if (result == EXT2_ET_BLOCK_ALLOC_FAIL) {
    const std::uint64_t left = ext2fs_free_blocks_count(volume_->super) * volume_->blocksize;
    throw CodedError("VOLUME_FULL",
                     {{"path", path.text}, {"needed", needed}, {"free", left}, {"unit", "bytes"}});
  }
  if (result == EXT2_ET_INODE_ALLOC_FAIL) {
    throw CodedError("VOLUME_FULL", {{"path", path.text},
                                     {"needed", std::uint64_t{1}},
                                     {"free", std::uint64_t{super.s_free_inodes_count}},
                                     {"unit", "inodes"}});
  }
  throw CodedError("VOLUME_IO",
                   {{"action", action}, {"path", path.text}, {"reason", error_message(result)}});
}

ext2_inode ExtSession::inode(ext2_ino_t number, const VolumePath& path) {
  ext2_inode inode{};
  require(ext2fs_read_inode(volume_, number, &inode), "read", path);
  return inode;
}

void ExtSession::store_inode(ext2_ino_t number, ext2_inode& inode, const VolumePath& path) {
  require(ext2fs_write_inode(volume_, number, &inode), "write", path);
}

ext2_ino_t ExtSession::child(ext2_ino_t folder, const std::string& name, const VolumePath& path) {
  const ext2_inode parent = inode(folder, path);
  if (LINUX_S_ISLNK(parent.i_mode)) throw path_refused(path, "a part of it is a link");
  if (!LINUX_S_ISDIR(parent.i_mode)) throw not_a_folder(path);
  if (name.size() > EXT2_NAME_LEN) {
    throw CodedError("VOLUME_NAME_INVALID",
                     {{"name", name}, {"reason", "it has more than 255 bytes"}});
  }
  ext2_ino_t number = 0;
  const errcode_t result =
      ext2fs_lookup(volume_, folder, name.data(), static_cast<int>(name.size()), nullptr, &number);
  if (result == EXT2_ET_FILE_NOT_FOUND) return 0;
  require(result, "look up", path);
  return number;
}

ext2_ino_t ExtSession::walk(const VolumePath& path, std::size_t count) {
  ext2_ino_t number = EXT2_ROOT_INO;
  for (std::size_t i = 0; number != 0 && i < count; i++) {
    number = child(number, path.names[i], path);
  }
  return number;
}

ext2_ino_t ExtSession::find(const VolumePath& path) { return walk(path, path.names.size()); }

ext2_ino_t ExtSession::parent_of(const VolumePath& path) {
  if (path.names.empty()) throw path_refused(path, "it is the root folder");
  const ext2_ino_t folder = walk(path, path.names.size() - 1);
  if (folder == 0) throw not_found(path);
  return folder;
}

blk64_t ExtSession::highest_block(ext2_ino_t number, const VolumePath& path) {
  ext2_inode file = inode(number, path);
  blk64_t highest = 0;
  // What lies in the inode itself, or is none of this kind, has no blocks.
  if (ext2fs_inode_has_valid_blocks2(volume_, &file) == 0) return highest;
  const auto note = [](ext2_filsys /*volume*/, blk64_t* block, e2_blkcnt_t /*count*/,
                       blk64_t /*reference*/, int /*offset*/, void* data) {
    auto& found = *static_cast<blk64_t*>(data);
    found = std::max(found, *block);
    return 0;
  };
  require(ext2fs_block_iterate3(volume_, number, BLOCK_FLAG_READ_ONLY, nullptr, note, &highest),
          "read", path);
  return highest;
}

errcode_t ExtSession::free_blocks(ext2_ino_t number, const VolumePath& path,
                                  const std::function<errcode_t()>& work) {
  const blk64_t blocks = ext2fs_blocks_count(volume_->super);
  const blk64_t highest = highest_block(number, path);
  if (highest >= blocks) {
    throw CodedError("VOLUME_DAMAGED", {{"fileSystem", "ext"},
                                        {"reason", path.text + " has a block behind its end"}});
  }
  if (highest + 1 < blocks) return work();
  // Nothing is written meanwhile, and no other block is looked at.
  ext2fs_blocks_count_set(volume_->super, blocks + 1);
  const errcode_t result = work();
  ext2fs_blocks_count_set(volume_->super, blocks);
  return result;
}

std::uint32_t ExtSession::now() { return static_cast<std::uint32_t>(std::time(nullptr)); }

void ExtSession::close() {
  const errcode_t result = ext2fs_flush(volume_);
  require(result, "close", {});
  ext2fs_free(volume_);
  volume_ = nullptr;
}

}  // namespace nacre::files
