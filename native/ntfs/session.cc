// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/session.h"

#include <sys/stat.h>

#include <cerrno>

#include "ntfs/commit.h"
#include "ntfs/folder_tree.h"
#include "ntfs/supplied_store.h"

namespace nacre::files {
namespace {

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  if (::stat(one.c_str(), &first) != 0) throw OsError(errno, "stat", one);
  if (::stat(other.c_str(), &second) != 0) throw OsError(errno, "stat", other);
  // One block device may have several nodes.
  if (S_ISBLK(first.st_mode) && S_ISBLK(second.st_mode)) return first.st_rdev == second.st_rdev;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

void require_apart(const Place& window, const Place& journal) {
  if (!is_same_file(window.path, journal.path)) return;
  const bool is_before = journal.offset + journal.size <= window.offset;
  const bool is_behind = journal.offset >= window.offset + window.size;
  if (!is_before && !is_behind) throw FormatError("request: journal inside the volume");
}

}  // namespace

Session::OpenPlace::OpenPlace(const Place& place, bool write)
    : device(place.path, {.write = write, .exclusive = false, .direct = true}),
      window(device, place.offset, place.size) {}

void Session::handle(const Request& request) {
  std::visit([this](const auto& one) { answer(one); }, request);
}

FileVolume& Session::files() {
  if (!batch_) throw FormatError("request: no volume is open");
  return batch_->files();
}

void Session::open_places(const Place& window, const Place* journal, bool write) {
  if (window_) throw FormatError("request: a volume is open already");
  window_ = std::make_unique<OpenPlace>(window, write);
  if (journal == nullptr) return;
  require_apart(window, *journal);
  journal_place_ = std::make_unique<OpenPlace>(*journal, write);
  journal_.emplace(journal_place_->window,
                   WindowPlace{.offset = window.offset, .size = window.size});
}

void Session::answer(const OpenRequest& request) {
  if (request.access == Access::read) {
    open_places(request.window, nullptr, false);
    batch_ = std::make_unique<Batch>(window_->window, request.sector_size);
    return;
  }
  const bool is_protected = request.access == Access::write;
  open_places(request.window, is_protected ? &request.journal : nullptr, true);
  batch_ = std::make_unique<Batch>(window_->window, request.sector_size,
                                   journal_ ? &*journal_ : nullptr);
}

void Session::answer(const ReplayRequest& request) {
  open_places(request.window, &request.journal, true);
  send_(done_frame(replay(window_->window, *journal_)));
}

void Session::answer(const ForgetRequest& request) {
  OpenPlace place(request.journal, true);
  ChangeJournal(place.window, {}).clear();
  send_(done_frame(0));
}

void Session::answer(const MakeFolderRequest& request) {
  files().make_folder(parse_path(request.path));
}

void Session::answer(const WriteRequest& request) {
  files().write_file(parse_path(request.path), request.stream, Content(request.bytes));
}

void Session::answer(const CopyRequest& request) {
  const Content content(request.source.path, request.source.offset, request.source.size);
  files().write_file(parse_path(request.path), request.stream, content);
}

void Session::answer(const SecurityRequest& request) {
  files().set_security(parse_path(request.path), request.descriptor);
}

void Session::answer(const OwnerRequest& request) {
  files().set_owner(parse_path(request.path), request.ownership);
}

void Session::answer(const LinkRequest& request) {
  files().make_link(parse_path(request.path), request.target);
}

void Session::answer(const RemoveRequest& request) { files().remove(parse_path(request.path)); }

void Session::answer(const ListRequest& request) {
  std::uint64_t count = 0;
  files().list(parse_path(request.path), [&](const Item& item) {
    send_(item_frame(item));
    count++;
  });
  send_(done_frame(count));
}

void Session::answer(const StatRequest& request) {
  send_(item_frame(files().stat(parse_path(request.path))));
  send_(done_frame(1));
}

void Session::answer(const ReadRequest& request) {
  std::uint64_t count = 0;
  files().read(parse_path(request.path), request.stream, request.offset, request.length,
               [&](Bytes part) {
                 send_(bytes_frame(part));
                 count += part.size();
               });
  send_(done_frame(count));
}

void Session::answer(const CommitRequest& /*request*/) {
  if (!batch_) throw FormatError("request: no volume is open");
  send_(done_frame(batch_->commit()));
}

void Session::answer(const TreeRequest& request) {
  SuppliedStore store(request.size, [this](std::uint64_t offset, std::uint32_t length) {
    send_(need_frame(offset, length));
    Request next = receive_();
    auto* const supply = std::get_if<SupplyRequest>(&next);
    if (supply == nullptr) throw FormatError("request: a supply was needed");
    return std::move(supply->bytes);
  });
  const std::unique_ptr<TreeSource> source = open_tree(store, request.sector_size);
  const TreeLimits limits{.entries = request.most_entries, .depth = request.most_depth};
  send_(done_frame(walk_tree(*source, limits, [this](Bytes part) { send_(bytes_frame(part)); })));
}

void Session::answer(const SupplyRequest& /*request*/) {
  throw FormatError("request: nothing was needed");
}

}  // namespace nacre::files
