#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/device.h"
#include "core/file_descriptor.h"
#include "core/pipeline/pack/pack_reader.h"

namespace nacre::pipeline {

/// Bytes [offset, offset + length) of a device.
struct DeviceRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Where the bytes of a pack lie: in a file; where `device` is set in ranges of that device, one
/// after the other, so that a pack on a FAT volume is read without mounting it; and where `reader`
/// is set, somewhere that only the reader knows.
struct PackPlace {
  /// Of the file; otherwise only a name for people, and no other pack has it.
  std::string path = {};
  std::shared_ptr<const Device> device = nullptr;
  std::vector<DeviceRange> ranges = {};
  std::shared_ptr<const PackReader> reader = nullptr;
};

/// The bytes of one pack, open for reading. Reading is thread-safe.
class PackBytes {
 public:
  /// What the page cache holds of ranges of a device is forgotten, so that what is read afterwards
  /// was on the medium.
  /// @throws OsError with the pack's path; FormatError for ranges outside the device.
  explicit PackBytes(PackPlace place);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// A request takes a round trip, so that few long ones are better than many short ones.
  [[nodiscard]] bool is_remote() const { return place_.reader != nullptr; }
  /// Fills `target` from `offset`, which with its length lies inside `size()`.
  /// @throws OsError; what a reader throws
  void read(std::uint64_t offset, MutableBytes target) const;
  /// Fills `target` once more, from another place, because what was read was damaged. `attempt`
  /// counts from 1. @returns false when there is no other place
  [[nodiscard]] bool read_again(std::uint64_t offset, MutableBytes target, unsigned attempt) const;

 private:
  void open_ranges();
  void read_file(std::uint64_t offset, MutableBytes target) const;
  void read_ranges(std::uint64_t offset, MutableBytes target) const;

  PackPlace place_;
  FileDescriptor descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace nacre::pipeline
