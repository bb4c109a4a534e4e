// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ext_file_volume.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "ntfs/ext_session.h"

namespace nacre::files {
namespace {

constexpr std::uint32_t mode_bits = 07777;
constexpr std::uint16_t new_file_mode = LINUX_S_IFREG | 0644;

/// Entries of a folder, while the library goes through it.
struct Walk {
  StoreBridge* bridge;
  std::vector<std::pair<std::string, ext2_ino_t>> entries;
};

int note_entry(ext2_ino_t /*folder*/, int kind, ext2_dir_entry* entry, int /*offset*/,
               int /*block_size*/, char* /*buffer*/, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  if (kind != DIRENT_OTHER_FILE || entry->inode == 0) return 0;
  const bool is_done = walk.bridge->attempt([&] {
    std::string name(entry->name, static_cast<std::size_t>(ext2fs_dirent_name_len(entry)));
    // In a folder inside its inode these two are told as any other.
    if (name != "." && name != "..") walk.entries.emplace_back(std::move(name), entry->inode);
  });
  return is_done ? 0 : DIRENT_ABORT;
}

ItemKind kind_of(const ext2_inode& inode) {
  if (LINUX_S_ISREG(inode.i_mode)) return ItemKind::file;
  if (LINUX_S_ISDIR(inode.i_mode)) return ItemKind::folder;
  if (LINUX_S_ISLNK(inode.i_mode)) return ItemKind::link;
  return ItemKind::other;
}

Item item_of(const ext2_inode& inode) {
  Item item;
  item.kind = kind_of(inode);
  item.size_bytes = item.kind == ItemKind::folder ? 0 : EXT2_I_SIZE(&inode);
  item.modified_seconds = static_cast<std::int32_t>(inode.i_mtime);
  item.owner = inode_uid(inode);
  item.group = inode_gid(inode);
  item.mode = inode.i_mode & mode_bits;
  return item;
}

/// An open file of the library.
class OpenFile {
 public:
  OpenFile(ExtSession& session, ext2_ino_t number, int flags, const VolumePath& path)
      : session_(session), number_(number), path_(path) {
    session.require(ext2fs_file_open2(session.volume(), number, nullptr, flags, &file_), "open",
                    path);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  OpenFile(OpenFile&&) = delete;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (file_ != nullptr) ext2fs_file_close(file_);
  }

  [[nodiscard]] std::uint64_t size() {
    __u64 size = 0;
    session_.require(ext2fs_file_get_lsize(file_, &size), "read", path_);
    return size;
  }
  void seek(std::uint64_t offset) {
    session_.require(ext2fs_file_llseek(file_, offset, EXT2_SEEK_SET, nullptr), "read", path_);
  }
  [[nodiscard]] std::size_t read(MutableBytes target) {
    unsigned int count = 0;
    session_.require(
        ext2fs_file_read(file_, target.data(), static_cast<unsigned>(target.size()), &count),
        "read", path_);
    return count;
  }
  void empty() {
    const auto cut = [this] { return ext2fs_file_set_size2(file_, 0); };
    session_.require(session_.free_blocks(number_, path_, cut), "empty", path_);
  }
  void write(Bytes bytes, std::uint64_t needed) {
    while (!bytes.empty()) {
      unsigned int count = 0;
      session_.require(
          ext2fs_file_write(file_, bytes.data(), static_cast<unsigned>(bytes.size()), &count),
          "write", path_, needed);
      bytes = bytes.subspan(count);
    }
  }
  void close() {
    const ext2_file_t file = std::exchange(file_, nullptr);
    session_.require(ext2fs_file_close(file), "close", path_);
  }

 private:
  ExtSession& session_;
  ext2_ino_t number_;
  const VolumePath& path_;
  ext2_file_t file_ = nullptr;
};

class ExtFileVolume final : public FileVolume {
 public:
  ExtFileVolume(BlockStore& store, bool can_write) : session_(store, can_write) {}

  void make_folder(const VolumePath& path) override;
  void write_file(const VolumePath& path, const std::string& stream,
                  const Content& content) override;
  void set_security(const VolumePath& path, Bytes descriptor) override;
  void set_owner(const VolumePath& path, const Ownership& ownership) override;
  void make_link(const VolumePath& path, const std::string& target) override;
  void remove(const VolumePath& path) override;
  void list(const VolumePath& path, const std::function<void(const Item&)>& visit) override;
  [[nodiscard]] Item stat(const VolumePath& path) override;
  void read(const VolumePath& path, const std::string& stream, std::uint64_t offset,
            std::uint64_t length, const std::function<void(Bytes)>& visit) override;
  void finish() override { session_.close(); }

 private:
  [[nodiscard]] ext2_filsys volume() const { return session_.volume(); }
  [[nodiscard]] ext2_ino_t require(const VolumePath& path);
  [[nodiscard]] ext2_ino_t create_file(ext2_ino_t folder, const VolumePath& path);
  void replace_content(ext2_ino_t number, const VolumePath& path, const Content& content);
  void link_name(ext2_ino_t folder, ext2_ino_t number, const VolumePath& path);
  void make_one_folder(ext2_ino_t folder, const VolumePath& path);
  void touch(ext2_ino_t number, const VolumePath& path);
  void require_empty(ext2_ino_t number, const VolumePath& path);
  void unlink_name(ext2_ino_t folder, ext2_ino_t number, const VolumePath& path);
  void release(ext2_ino_t number, ext2_inode& inode, const VolumePath& path);
  [[nodiscard]] Walk entries_of(ext2_ino_t folder, const VolumePath& path);

  ExtSession session_;
};

ext2_ino_t ExtFileVolume::require(const VolumePath& path) {
  const ext2_ino_t number = session_.find(path);
  if (number == 0) throw not_found(path);
  return number;
}

void ExtFileVolume::touch(ext2_ino_t number, const VolumePath& path) {
  ext2_inode inode = session_.inode(number, path);
  inode.i_mtime = inode.i_ctime = ExtSession::now();
  session_.store_inode(number, inode, path);
}

void ExtFileVolume::make_one_folder(ext2_ino_t folder, const VolumePath& path) {
  const char* const name = path.names.back().c_str();
  errcode_t result = ext2fs_mkdir(volume(), folder, 0, name);
  if (result == EXT2_ET_DIR_NO_SPACE) {
    session_.require(ext2fs_expand_dir(volume(), folder), "extend the folder of", path,
                     volume()->blocksize);
    result = ext2fs_mkdir(volume(), folder, 0, name);
  }
  session_.require(result, "create", path, volume()->blocksize);
  touch(folder, path);
}

void ExtFileVolume::make_folder(const VolumePath& path) {
  ext2_ino_t folder = EXT2_ROOT_INO;
  for (const std::string& name : path.names) {
    ext2_ino_t number = session_.child(folder, name, path);
    if (number == 0) {
      make_one_folder(folder, VolumePath{path.text, {name}});
      number = session_.child(folder, name, path);
    }
    if (!LINUX_S_ISDIR(session_.inode(number, path).i_mode)) throw not_a_folder(path);
    folder = number;
  }
}

void ExtFileVolume::link_name(ext2_ino_t folder, ext2_ino_t number, const VolumePath& path) {
  const char* const name = path.names.back().c_str();
  errcode_t result = ext2fs_link(volume(), folder, name, number, EXT2_FT_REG_FILE);
  if (result == EXT2_ET_DIR_NO_SPACE) {
    session_.require(ext2fs_expand_dir(volume(), folder), "extend the folder of", path,
                     volume()->blocksize);
    result = ext2fs_link(volume(), folder, name, number, EXT2_FT_REG_FILE);
  }
  session_.require(result, "create", path, volume()->blocksize);
  touch(folder, path);
}

ext2_ino_t ExtFileVolume::create_file(ext2_ino_t folder, const VolumePath& path) {
  ext2_ino_t number = 0;
  session_.require(ext2fs_new_inode(volume(), folder, new_file_mode, nullptr, &number), "create",
                   path);
  ext2fs_inode_alloc_stats2(volume(), number, +1, 0);
  ext2_inode inode{};
  inode.i_mode = new_file_mode;
  inode.i_links_count = 1;
  inode.i_atime = inode.i_ctime = inode.i_mtime = ExtSession::now();
  // Puts the head of an empty tree into the inode; without it e2fsck refuses a file of no length.
  if (ext2fs_has_feature_extents(volume()->super)) {
    ext2_extent_handle_t tree = nullptr;
    session_.require(ext2fs_extent_open2(volume(), number, &inode, &tree), "create", path);
    ext2fs_extent_free(tree);
  }
  session_.require(ext2fs_write_new_inode(volume(), number, &inode), "create", path);
  link_name(folder, number, path);
  return number;
}

void ExtFileVolume::replace_content(ext2_ino_t number, const VolumePath& path,
                                    const Content& content) {
  OpenFile file(session_, number, EXT2_FILE_WRITE, path);
  file.empty();
  std::vector<std::byte> piece(std::min<std::uint64_t>(piece_size, content.length()));
  for (std::uint64_t done = 0; done < content.length();) {
    const auto part = std::min<std::uint64_t>(piece.size(), content.length() - done);
    content.read(done, MutableBytes(piece).first(part));
    file.write(Bytes(piece).first(part), content.length());
    done += part;
  }
  file.close();
  touch(number, path);
}

void ExtFileVolume::write_file(const VolumePath& path, const std::string& stream,
                               const Content& content) {
  if (!stream.empty()) throw path_refused(path, "ext has no alternate data streams");
  const ext2_ino_t folder = session_.parent_of(path);
  ext2_ino_t number = session_.child(folder, path.names.back(), path);
  if (number == 0) {
    number = create_file(folder, path);
  } else {
    const ItemKind kind = kind_of(session_.inode(number, path));
    if (kind == ItemKind::link) throw path_refused(path, "it is a link");
    if (kind != ItemKind::file) throw not_a_file(path);
  }
  replace_content(number, path, content);
}

void ExtFileVolume::set_security(const VolumePath& path, Bytes /*descriptor*/) {
  throw path_refused(path, "ext has owner, group and mode, no security descriptors");
}

void ExtFileVolume::set_owner(const VolumePath& path, const Ownership& ownership) {
  const ext2_ino_t number = require(path);
  ext2_inode inode = session_.inode(number, path);
  inode.i_uid = static_cast<__u16>(ownership.owner);
  inode.i_gid = static_cast<__u16>(ownership.group);
  inode.osd2.linux2.l_i_uid_high = static_cast<__u16>(ownership.owner >> 16U);
  inode.osd2.linux2.l_i_gid_high = static_cast<__u16>(ownership.group >> 16U);
  // A link has no permissions of its own.
  if (kind_of(inode) != ItemKind::link) {
    inode.i_mode = static_cast<__u16>((inode.i_mode & ~mode_bits) | (ownership.mode & mode_bits));
  }
  inode.i_ctime = ExtSession::now();
  session_.store_inode(number, inode, path);
}

void ExtFileVolume::make_link(const VolumePath& path, const std::string& target) {
  if (target.empty() || target.size() >= volume()->blocksize ||
      target.find('\0') != std::string::npos) {
    throw path_refused(path, "the target of the link cannot be");
  }
  const ext2_ino_t folder = session_.parent_of(path);
  const ext2_ino_t there = session_.child(folder, path.names.back(), path);
  if (there != 0) {
    if (kind_of(session_.inode(there, path)) == ItemKind::folder) throw not_a_file(path);
    unlink_name(folder, there, path);
  }
  const char* const name = path.names.back().c_str();
  errcode_t result = ext2fs_symlink(volume(), folder, 0, name, target.c_str());
  if (result == EXT2_ET_DIR_NO_SPACE) {
    session_.require(ext2fs_expand_dir(volume(), folder), "extend the folder of", path,
                     volume()->blocksize);
    result = ext2fs_symlink(volume(), folder, 0, name, target.c_str());
  }
  session_.require(result, "create", path, volume()->blocksize);
  touch(folder, path);
}

Walk ExtFileVolume::entries_of(ext2_ino_t folder, const VolumePath& path) {
  Walk walk{.bridge = &session_.bridge(), .entries = {}};
  session_.require(ext2fs_dir_iterate2(volume(), folder, 0, nullptr, note_entry, &walk), "list",
                   path);
  return walk;
}

void ExtFileVolume::require_empty(ext2_ino_t number, const VolumePath& path) {
  if (entries_of(number, path).entries.empty()) return;
  throw CodedError("VOLUME_FOLDER_NOT_EMPTY", {{"path", path.text}});
}

void ExtFileVolume::release(ext2_ino_t number, ext2_inode& inode, const VolumePath& path) {
  const bool is_folder = kind_of(inode) == ItemKind::folder;
  inode.i_links_count = 0;
  inode.i_dtime = ExtSession::now();
  session_.store_inode(number, inode, path);
  session_.require(ext2fs_free_ext_attr(volume(), number, nullptr), "remove", path);
  inode = session_.inode(number, path);
  if (ext2fs_inode_has_valid_blocks2(volume(), &inode) != 0) {
    const auto punch = [&] {
      return ext2fs_punch(volume(), number, &inode, nullptr, 0, ~blk64_t{0});
    };
    session_.require(session_.free_blocks(number, path, punch), "remove", path);
  }
  ext2fs_inode_alloc_stats2(volume(), number, -1, is_folder ? 1 : 0);
}

void ExtFileVolume::unlink_name(ext2_ino_t folder, ext2_ino_t number, const VolumePath& path) {
  session_.require(ext2fs_unlink(volume(), folder, path.names.back().c_str(), number, 0), "remove",
                   path);
  touch(folder, path);
  ext2_inode inode = session_.inode(number, path);
  const bool is_folder = kind_of(inode) == ItemKind::folder;
  if (!is_folder && inode.i_links_count > 1) {
    inode.i_links_count--;
    inode.i_ctime = ExtSession::now();
    return session_.store_inode(number, inode, path);
  }
  release(number, inode, path);
}

void ExtFileVolume::remove(const VolumePath& path) {
  const ext2_ino_t folder = session_.parent_of(path);
  const ext2_ino_t number = session_.child(folder, path.names.back(), path);
  if (number == 0) return;
  if (number < EXT2_FIRST_INO(volume()->super)) {
    throw path_refused(path, "it belongs to the file system itself");
  }
  const bool is_folder = kind_of(session_.inode(number, path)) == ItemKind::folder;
  if (is_folder) require_empty(number, path);
  unlink_name(folder, number, path);
  if (!is_folder) return;
  ext2_inode parent = session_.inode(folder, path);
  // 1 stands for "more than fit", which nothing counts down.
  if (parent.i_links_count > 2) parent.i_links_count--;
  session_.store_inode(folder, parent, path);
}

void ExtFileVolume::list(const VolumePath& path, const std::function<void(const Item&)>& visit) {
  const ext2_ino_t folder = require(path);
  if (kind_of(session_.inode(folder, path)) != ItemKind::folder) throw not_a_folder(path);
  for (const auto& [name, number] : entries_of(folder, path).entries) {
    Item item = item_of(session_.inode(number, path));
    item.name = name;
    visit(item);
  }
}

Item ExtFileVolume::stat(const VolumePath& path) {
  Item item = item_of(session_.inode(require(path), path));
  item.name = path.names.empty() ? "" : path.names.back();
  return item;
}

void ExtFileVolume::read(const VolumePath& path, const std::string& stream, std::uint64_t offset,
                         std::uint64_t length, const std::function<void(Bytes)>& visit) {
  if (!stream.empty()) throw path_refused(path, "ext has no alternate data streams");
  const ext2_ino_t number = require(path);
  ext2_inode inode = session_.inode(number, path);
  const ItemKind kind = kind_of(inode);
  if (kind != ItemKind::file && kind != ItemKind::link) throw not_a_file(path);
  if (kind == ItemKind::link && ext2fs_is_fast_symlink(&inode) != 0) {
    const auto size = std::min<std::size_t>(inode.i_size, sizeof(inode.i_block));
    const Bytes target = std::as_bytes(std::span(inode.i_block)).first(size);
    const auto begin = static_cast<std::size_t>(std::min<std::uint64_t>(offset, size));
    return visit(target.subspan(begin, std::min<std::uint64_t>(length, size - begin)));
  }
  OpenFile file(session_, number, 0, path);
  const std::uint64_t size = file.size();
  const std::uint64_t begin = std::min(offset, size);
  const std::uint64_t end = begin + std::min(length, size - begin);
  file.seek(begin);
  std::vector<std::byte> piece(std::min<std::uint64_t>(piece_size, end - begin));
  for (std::uint64_t at = begin; at < end;) {
    const auto part = std::min<std::uint64_t>(piece.size(), end - at);
    const std::size_t count = file.read(MutableBytes(piece).first(part));
    if (count == 0) throw FormatError("ext file: shorter than its size");
    visit(Bytes(piece).first(count));
    at += count;
  }
}

}  // namespace

std::unique_ptr<FileVolume> open_ext(BlockStore& store, bool can_write) {
  return std::make_unique<ExtFileVolume>(store, can_write);
}

}  // namespace nacre::files
