#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/device.h"
#include "core/file_descriptor.h"

namespace nacre::pipeline {

/// Bytes [offset, offset + length) of a device.
struct DeviceRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Where the bytes of a pack lie: in a file, or where `device` is set in ranges of that device, one
/// after the other, so that a pack on a FAT volume is read without mounting it.
struct PackPlace {
  /// Of the file; with a device only a name for people, and no other pack has it.
  std::string path = {};
  std::shared_ptr<const Device> device = nullptr;
  std::vector<DeviceRange> ranges = {};
};

/// The bytes of one pack, open for reading. Reading is thread-safe.
class PackBytes {
 public:
  /// What the page cache holds of ranges of a device is forgotten, so that what is read afterwards
  /// was on the medium.
  /// @throws OsError with the pack's path; FormatError for ranges outside the device.
  explicit PackBytes(PackPlace place);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Fills `target` from `offset`, which with its length lies inside `size()`. @throws OsError
  void read(std::uint64_t offset, MutableBytes target) const;

 private:
  void open_ranges();
  void read_file(std::uint64_t offset, MutableBytes target) const;
  void read_ranges(std::uint64_t offset, MutableBytes target) const;

  PackPlace place_;
  FileDescriptor descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace nacre::pipeline
