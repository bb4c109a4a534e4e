#pragma once

#include <cstddef>
#include <string>

namespace nacre::init {

/// The first bytes of a file, at most `limit`; empty when it cannot be read.
[[nodiscard]] std::string read_start(const std::string& path, std::size_t limit);

[[nodiscard]] bool is_there(const std::string& path);

/// Mounts a file system; makes the folder. @throws Problem
void mount_at(const std::string& source, const std::string& folder, const char* type,
              bool is_read_only);

void unmount(const std::string& folder);

/// Waits without being disturbed by signals.
void pause_ms(long milliseconds);

}  // namespace nacre::init
