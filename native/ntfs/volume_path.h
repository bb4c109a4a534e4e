// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace nacre::files {

/// Names between the slashes of a path, from the root on; none for the root itself. UTF-8.
struct VolumePath {
  std::string text;
  std::vector<std::string> names;
};

/// @throws CodedError VOLUME_NAME_INVALID for empty names, `.` and `..`, NUL, and paths above 4096
/// bytes.
[[nodiscard]] VolumePath parse_path(std::string_view text);

/// The path as a fact of an error.
[[nodiscard]] CodedError not_found(const VolumePath& path);
[[nodiscard]] CodedError not_a_folder(const VolumePath& path);
[[nodiscard]] CodedError not_a_file(const VolumePath& path);
[[nodiscard]] CodedError path_refused(const VolumePath& path, const std::string& reason);

}  // namespace nacre::files
