#pragma once

#include <algorithm>
#include <cstdint>

#include "core/bytes.h"

namespace nacre {

/// Read access to a run of bytes: a whole device, a window of one (a partition), or memory in a
/// test.
class BlockReader {
 public:
  BlockReader() = default;
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;
  BlockReader(BlockReader&&) = delete;
  BlockReader& operator=(BlockReader&&) = delete;
  virtual ~BlockReader() = default;

  /// Length in bytes.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Fills `target` from `offset`. @throws FormatError outside `size()`, OsError when the device
  /// fails.
  virtual void read(std::uint64_t offset, MutableBytes target) const = 0;
};

/// The part [offset, offset + size) of another reader, numbered from 0.
class Window final : public BlockReader {
 public:
  /// @throws FormatError when the window does not lie inside `whole`, which must outlive it.
  Window(const BlockReader& whole, std::uint64_t offset, std::uint64_t size)
      : whole_(whole), offset_(offset), size_(size) {
    if (offset > whole.size() || size > whole.size() - offset) throw FormatError("window");
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, MutableBytes target) const override {
    if (offset > size_ || target.size() > size_ - offset) throw FormatError("read outside window");
    whole_.read(offset_ + offset, target);
  }

 private:
  const BlockReader& whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

/// Bytes in memory, for tests and fuzzers.
class MemoryReader final : public BlockReader {
 public:
  explicit MemoryReader(Bytes bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override {
    const Bytes part = slice(bytes_, offset, target.size(), "read outside memory");
    std::copy(part.begin(), part.end(), target.begin());
  }

 private:
  Bytes bytes_;
};

}  // namespace nacre
