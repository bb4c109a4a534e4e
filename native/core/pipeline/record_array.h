#pragma once

#include <cstring>
#include <stdexcept>

#include "core/bytes.h"
#include "core/zero_pages.h"

namespace nacre::pipeline {

/// Packed records that only grow, up to a bound known at the start. The room is address space:
/// memory is used as records come, nothing is moved, and spans into it stay valid.
class RecordArray {
 public:
  explicit RecordArray(std::size_t max_bytes) : pages_(max_bytes) {}

  /// `length` fresh zero bytes at the end. @throws std::length_error past the bound: a bug of the
  /// caller.
  [[nodiscard]] MutableBytes append(std::size_t length) {
    if (length > pages_.size() - used_) throw std::length_error("record array is full");
    const MutableBytes room = pages_.bytes().subspan(used_, length);
    used_ += length;
    return room;
  }
  void append(Bytes record) {
    std::memcpy(append(record.size()).data(), record.data(), record.size());
  }

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] Bytes bytes() const { return {pages_.data(), used_}; }
  [[nodiscard]] MutableBytes mutable_bytes() const { return {pages_.data(), used_}; }

 private:
  ZeroPages pages_;
  std::size_t used_ = 0;
};

}  // namespace nacre::pipeline
