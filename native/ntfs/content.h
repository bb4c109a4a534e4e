// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/file_descriptor.h"

namespace nacre::files {

/// Bytes that a file shall have: given with the request, or a part of another file.
class Content {
 public:
  explicit Content(std::vector<std::byte> bytes);
  /// @throws OsError `open`
  Content(std::string path, std::uint64_t offset, std::uint64_t length);

  [[nodiscard]] std::uint64_t length() const { return length_; }
  /// Fills `target` from `offset` of the content on. @throws OsError `pread`, also for a file that
  /// ends before the part does.
  void read(std::uint64_t offset, MutableBytes target) const;

 private:
  std::vector<std::byte> bytes_;
  std::string path_;
  FileDescriptor file_;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
};

/// Content passes through the libraries in pieces of this size.
constexpr std::size_t piece_size = std::size_t{1} << 20U;

}  // namespace nacre::files
