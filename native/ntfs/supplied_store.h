// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/block_store.h"

namespace nacre::files {

/// A volume whose bytes somebody else has, such as the chunks of an image: pieces of 64 KiB are
/// asked for when they are needed, and the last ones stay in memory. It cannot be written.
class SuppliedStore final : public BlockStore {
 public:
  /// Gives exactly `length` bytes from `offset` on.
  using Fetch = std::function<std::vector<std::byte>(std::uint64_t offset, std::uint32_t length)>;

  SuppliedStore(std::uint64_t size, Fetch fetch) : size_(size), fetch_(std::move(fetch)) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, MutableBytes target) const override;
  void write(std::uint64_t offset, Bytes source) override;
  void flush() override {}

 private:
  struct Piece {
    std::uint64_t number;
    std::vector<std::byte> bytes;
  };

  [[nodiscard]] const Piece& piece(std::uint64_t number) const;

  std::uint64_t size_;
  Fetch fetch_;
  // The one used last comes first.
  mutable std::list<Piece> pieces_;
  mutable std::unordered_map<std::uint64_t, std::list<Piece>::iterator> places_;
};

}  // namespace nacre::files
