// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/block_store.h"
#include "core/device.h"
#include "ntfs/batch.h"
#include "ntfs/protocol.h"

namespace nacre::files {

/// One conversation: requests in, answers out. A change is answered only by an error; queries,
/// commit, replay and forget end with `done`.
class Session {
 public:
  using Send = std::function<void(const std::vector<std::byte>&)>;
  /// The next request. @throws FormatError when there is none
  using Receive = std::function<Request()>;

  Session(Send send, Receive receive) : send_(std::move(send)), receive_(std::move(receive)) {}

  /// @throws CodedError, OsError, FormatError: the session is over then, without a commit.
  void handle(const Request& request);

 private:
  /// An open device and the part of it that may be touched.
  struct OpenPlace {
    OpenPlace(const Place& place, bool write);

    Device device;
    DeviceWindow window;
  };

  void answer(const OpenRequest& request);
  void answer(const ReplayRequest& request);
  void answer(const ForgetRequest& request);
  void answer(const MakeFolderRequest& request);
  void answer(const WriteRequest& request);
  void answer(const CopyRequest& request);
  void answer(const SecurityRequest& request);
  void answer(const OwnerRequest& request);
  void answer(const LinkRequest& request);
  void answer(const RemoveRequest& request);
  void answer(const ListRequest& request);
  void answer(const StatRequest& request);
  void answer(const ReadRequest& request);
  void answer(const CommitRequest& request);
  void answer(const TreeRequest& request);
  void answer(const SupplyRequest& request);

  [[nodiscard]] FileVolume& files();
  void open_places(const Place& window, const Place* journal, bool write);

  Send send_;
  Receive receive_;
  // In the order in which one stands on the other.
  std::unique_ptr<OpenPlace> window_;
  std::unique_ptr<OpenPlace> journal_place_;
  std::optional<ChangeJournal> journal_;
  std::unique_ptr<Batch> batch_;
};

}  // namespace nacre::files
