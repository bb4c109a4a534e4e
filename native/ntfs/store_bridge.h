// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include "core/block_store.h"

namespace nacre::files {

/// A store for the callbacks of a C library, through which no exception may pass: the first one is
/// kept, and thrown again when the library has returned.
class StoreBridge {
 public:
  explicit StoreBridge(BlockStore& store) : store_(store) {}

  [[nodiscard]] std::uint64_t size() const { return store_.size(); }
  [[nodiscard]] bool read(std::uint64_t offset, MutableBytes target) noexcept {
    return attempt([&] { store_.read(offset, target); });
  }
  [[nodiscard]] bool write(std::uint64_t offset, Bytes source) noexcept {
    return attempt([&] { store_.write(offset, source); });
  }

  /// Runs `work`; keeps what it throws. @returns false when it threw.
  template <class Work>
  [[nodiscard]] bool attempt(Work work) noexcept {
    try {
      work();
      return true;
    } catch (...) {
      if (!caught_) caught_ = std::current_exception();
      return false;
    }
  }
  /// Throws what a callback caught, if one did.
  void rethrow() {
    if (caught_) std::rethrow_exception(std::exchange(caught_, nullptr));
  }

 private:
  BlockStore& store_;
  std::exception_ptr caught_;
};

}  // namespace nacre::files
