// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ntfs_file_volume.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <vector>

#include "ntfs/ntfs_session.h"

namespace nacre::files {
namespace {

std::int64_t unix_seconds(ntfs_time time) { return ntfs2timespec(time).tv_sec; }

/// One name of a folder, before its inode is opened.
struct Listed {
  std::string name;
  std::uint64_t record;
};

struct Listing {
  std::vector<Listed> names;
  StoreBridge* bridge;
};

class NtfsFileVolume final : public FileVolume {
 public:
  NtfsFileVolume(BlockStore& store, std::uint32_t sector_size, bool can_write)
      : session_(store, sector_size, can_write) {}

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
  void finish() override { session_.unmount(); }

 private:
  [[nodiscard]] Inode require(const VolumePath& path);
  [[nodiscard]] NtfsName existing_stream(ntfs_inode* inode, const NtfsName& wanted);
  [[nodiscard]] Attribute open_data(ntfs_inode* inode, const NtfsName& stream);
  void replace_data(ntfs_inode* inode, const NtfsName& stream, const VolumePath& path,
                    const Content& content);
  [[nodiscard]] static Item item_of(const ntfs_inode* inode);

  NtfsSession session_;
};

Inode NtfsFileVolume::require(const VolumePath& path) {
  Inode inode = session_.find(path);
  if (!inode) throw not_found(path);
  return inode;
}

void NtfsFileVolume::make_folder(const VolumePath& path) {
  for (std::size_t count = 1; count <= path.names.size(); count++) {
    const VolumePath part{
        path.text, {path.names.begin(), path.names.begin() + static_cast<std::ptrdiff_t>(count)}};
    Inode folder = session_.parent_of(part);
    const Inode there = session_.child(folder.get(), ntfs_name(part.names.back()), part);
    if (there && !is_folder(there.get())) throw not_a_folder(path);
    if (there) continue;
    session_.close(session_.create(folder.get(), part, S_IFDIR), folder.get(), part);
    session_.close(std::move(folder), nullptr, part);
  }
}

// The library opens a stream by its exact name only; to Windows `A` and `a` are one.
NtfsName NtfsFileVolume::existing_stream(ntfs_inode* inode, const NtfsName& wanted) {
  if (wanted.empty()) return wanted;
  const std::unique_ptr<ntfs_attr_search_ctx, void (*)(ntfs_attr_search_ctx*)> search(
      ntfs_attr_get_search_ctx(inode, nullptr), ntfs_attr_put_search_ctx);
  if (!search) throw std::bad_alloc();
  if (ntfs_attr_lookup(AT_DATA, wanted.data(), static_cast<u32>(wanted.size()), IGNORE_CASE, 0,
                       nullptr, 0, search.get()) != 0) {
    return wanted;
  }
  const auto* const record = reinterpret_cast<const char*>(search->attr);
  const auto* const name =
      reinterpret_cast<const ntfschar*>(record + le16_to_cpu(search->attr->name_offset));
  return {name, search->attr->name_length};
}

Attribute NtfsFileVolume::open_data(ntfs_inode* inode, const NtfsName& stream) {
  // The library takes the name of an attribute as its own to change; it does not.
  ntfschar* const name = stream.empty() ? AT_UNNAMED : const_cast<ntfschar*>(stream.data());
  return Attribute(ntfs_attr_open(inode, AT_DATA, name, static_cast<u32>(stream.size())));
}

void NtfsFileVolume::replace_data(ntfs_inode* inode, const NtfsName& stream, const VolumePath& path,
                                  const Content& content) {
  Attribute data = open_data(inode, stream);
  if (!data && errno == ENOENT) {
    ntfschar* const name = stream.empty() ? AT_UNNAMED : const_cast<ntfschar*>(stream.data());
    const auto units = static_cast<u8>(stream.size());
    if (ntfs_attr_add(inode, AT_DATA, name, units, nullptr, 0) != 0) session_.fail("write", path);
    data = open_data(inode, stream);
  }
  if (!data) session_.fail("open", path);
  if ((data->data_flags & (ATTR_COMPRESSION_MASK | ATTR_IS_ENCRYPTED)) != 0) {
    throw path_refused(path, "it is compressed or encrypted");
  }
  if (ntfs_attr_truncate(data.get(), 0) != 0) session_.fail("empty", path);
  std::vector<std::byte> piece(std::min<std::uint64_t>(piece_size, content.length()));
  for (std::uint64_t done = 0; done < content.length();) {
    const auto part = std::min<std::uint64_t>(piece.size(), content.length() - done);
    content.read(done, MutableBytes(piece).first(part));
    const s64 count =
        ntfs_attr_pwrite(data.get(), static_cast<s64>(done), static_cast<s64>(part), piece.data());
    if (count != static_cast<s64>(part)) session_.fail("write", path, content.length());
    done += part;
  }
  data.reset();
  ntfs_inode_update_times(inode, static_cast<ntfs_time_update_flags>(NTFS_UPDATE_MCTIME));
}

void NtfsFileVolume::write_file(const VolumePath& path, const std::string& stream,
                                const Content& content) {
  const NtfsName stream_name =
      stream.empty() ? NtfsName() : new_ntfs_name(session_.volume(), stream);
  Inode folder = session_.parent_of(path);
  Inode inode = session_.child(folder.get(), ntfs_name(path.names.back()), path);
  if (inode) {
    if (is_link(inode.get())) throw path_refused(path, "it is a link");
    if (stream.empty() && is_folder(inode.get())) throw not_a_file(path);
    // The library opens the parent itself to note the new size in it.
    folder.reset();
  } else {
    if (!stream.empty()) throw not_found(path);
    inode = session_.create(folder.get(), path, S_IFREG);
  }
  replace_data(inode.get(), existing_stream(inode.get(), stream_name), path, content);
  session_.close(std::move(inode), folder.get(), path);
  if (folder) session_.close(std::move(folder), nullptr, path);
}

void NtfsFileVolume::set_security(const VolumePath& path, Bytes descriptor) {
  Inode inode = require(path);
  SECURITY_CONTEXT context{};
  context.vol = session_.volume();
  if (ntfs_set_ntfs_acl(&context, inode.get(), reinterpret_cast<const char*>(descriptor.data()),
                        descriptor.size(), 0) != 0) {
    if (errno == EINVAL) throw path_refused(path, "its new security descriptor is not valid");
    session_.fail("set the security of", path);
  }
  session_.close(std::move(inode), nullptr, path);
}

void NtfsFileVolume::set_owner(const VolumePath& path, const Ownership& /*ownership*/) {
  throw path_refused(path, "NTFS has security descriptors, no owner, group and mode");
}

void NtfsFileVolume::make_link(const VolumePath& path, const std::string& /*target*/) {
  throw path_refused(path, "symbolic links are not made on NTFS");
}

void NtfsFileVolume::remove(const VolumePath& path) {
  Inode folder = session_.parent_of(path);
  const NtfsName name = ntfs_name(path.names.back());
  Inode inode = session_.child(folder.get(), name, path);
  if (!inode) return;
  // The library closes both, whatever comes of it.
  if (ntfs_delete(session_.volume(), nullptr, inode.release(), folder.release(), name.data(),
                  static_cast<u8>(name.size())) != 0) {
    if (errno == ENOTEMPTY) throw CodedError("VOLUME_FOLDER_NOT_EMPTY", {{"path", path.text}});
    session_.fail("remove", path);
  }
}

Item NtfsFileVolume::item_of(const ntfs_inode* inode) {
  Item item;
  item.kind = is_link(inode)     ? ItemKind::link
              : is_folder(inode) ? ItemKind::folder
                                 : ItemKind::file;
  item.size_bytes = is_folder(inode) ? 0 : static_cast<std::uint64_t>(inode->data_size);
  item.modified_seconds = unix_seconds(inode->last_data_change_time);
  return item;
}

int list_name(void* listing, const ntfschar* name, const int length, const int name_type,
              const s64 /*position*/, const MFT_REF reference, const unsigned /*type*/) {
  auto& result = *static_cast<Listing*>(listing);
  // Each file with a short name has a long one too; records of NTFS itself are not files.
  if (name_type == FILE_NAME_DOS || MREF(reference) < FILE_first_user) return 0;
  const bool is_done = result.bridge->attempt([&] {
    std::string text = utf8_name(name, length);
    if (text != "." && text != "..") result.names.push_back({std::move(text), MREF(reference)});
  });
  return is_done ? 0 : -1;
}

void NtfsFileVolume::list(const VolumePath& path, const std::function<void(const Item&)>& visit) {
  Listing listing{.names = {}, .bridge = session_.bridge()};
  {
    const Inode folder = require(path);
    if (!is_folder(folder.get())) throw not_a_folder(path);
    s64 position = 0;
    if (ntfs_readdir(folder.get(), &position, &listing, list_name) != 0)
      session_.fail("list", path);
  }
  for (const Listed& listed : listing.names) {
    Item item = item_of(session_.open(listed.record, path).get());
    item.name = listed.name;
    visit(item);
  }
}

Item NtfsFileVolume::stat(const VolumePath& path) {
  Item item = item_of(require(path).get());
  item.name = path.names.empty() ? "" : path.names.back();
  return item;
}

void NtfsFileVolume::read(const VolumePath& path, const std::string& stream, std::uint64_t offset,
                          std::uint64_t length, const std::function<void(Bytes)>& visit) {
  const Inode inode = require(path);
  if (stream.empty() && is_folder(inode.get())) throw not_a_file(path);
  const NtfsName wanted = stream.empty() ? NtfsName() : ntfs_name(stream);
  const Attribute data = open_data(inode.get(), existing_stream(inode.get(), wanted));
  if (!data && errno == ENOENT) throw not_found(path);
  if (!data) session_.fail("open", path);
  const auto size = static_cast<std::uint64_t>(data->data_size);
  const std::uint64_t begin = std::min(offset, size);
  const std::uint64_t end = begin + std::min(length, size - begin);
  std::vector<std::byte> piece(std::min<std::uint64_t>(piece_size, end - begin));
  for (std::uint64_t at = begin; at < end;) {
    const auto part = static_cast<s64>(std::min<std::uint64_t>(piece.size(), end - at));
    const s64 count = ntfs_attr_pread(data.get(), static_cast<s64>(at), part, piece.data());
    if (count != part) session_.fail("read", path);
    visit(Bytes(piece).first(static_cast<std::size_t>(count)));
    at += static_cast<std::uint64_t>(count);
  }
}

}  // namespace

std::unique_ptr<FileVolume> open_ntfs(BlockStore& store, std::uint32_t sector_size,
                                      bool can_write) {
  return std::make_unique<NtfsFileVolume>(store, sector_size, can_write);
}

}  // namespace nacre::files
