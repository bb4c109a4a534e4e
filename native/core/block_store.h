#pragma once

#include <cstdint>

#include "core/block_reader.h"
#include "core/device.h"

namespace nacre {

/// Read and write access to a run of bytes. Writes may reach the medium in any order until `flush`
/// returns.
class BlockStore : public BlockReader {
 public:
  /// @throws FormatError outside `size()`, OsError when the device fails.
  virtual void write(std::uint64_t offset, Bytes source) = 0;
  /// Returns when all writes so far are on the medium. @throws OsError
  virtual void flush() = 0;
};

/// The part [offset, offset + size) of a device that is open for writing.
class DeviceWindow final : public BlockStore {
 public:
  /// @throws FormatError when the window does not lie inside the device, which must outlive it.
  DeviceWindow(const Device& device, std::uint64_t offset, std::uint64_t size)
      : device_(device), offset_(offset), size_(size) {
    if (offset > device.size() || size > device.size() - offset) throw FormatError("window");
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, MutableBytes target) const override {
    require_inside(offset, target.size());
    device_.read(offset_ + offset, target);
  }
  void write(std::uint64_t offset, Bytes source) override {
    require_inside(offset, source.size());
    device_.write(offset_ + offset, source);
  }
  void flush() override { device_.flush(); }

 private:
  void require_inside(std::uint64_t offset, std::size_t length) const {
    if (offset > size_ || length > size_ - offset) throw FormatError("access outside window");
  }

  const Device& device_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

}  // namespace nacre
