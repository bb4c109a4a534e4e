#pragma once

#include <optional>
#include <string>

#include "core/file_descriptor.h"

namespace nacre {

enum class LockMode { shared, exclusive };

/// A lock of the whole file (flock(2)) on a descriptor of its own. The kernel gives it up when the
/// process ends, however it ends, so that a lock never outlives its owner. Not inherited by
/// programs that are started.
class FileLock final {
 public:
  /// Opens the file, makes it when it is missing (mode 0644), and locks it without waiting.
  /// @returns nothing while another descriptor holds a lock that excludes this one.
  /// @throws OsError (`open`, `flock`)
  [[nodiscard]] static std::optional<FileLock> try_lock(const std::string& path, LockMode mode);

 private:
  explicit FileLock(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  FileDescriptor descriptor_;
};

}  // namespace nacre
