// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/volume_path.h"

namespace nacre::files {
namespace {

constexpr std::size_t most_bytes = 4096;

CodedError invalid(std::string_view name, const char* reason) {
  return CodedError("VOLUME_NAME_INVALID", {{"name", std::string(name)}, {"reason", reason}});
}

void check_name(std::string_view name) {
  if (name.empty()) throw invalid(name, "it is empty");
  if (name == "." || name == "..") throw invalid(name, "it is a step, not a name");
}

}  // namespace

VolumePath parse_path(std::string_view text) {
  if (text.size() > most_bytes) throw invalid(text.substr(0, 64), "the path is too long");
  if (text.find('\0') != std::string_view::npos) throw invalid(text, "it has a NUL");
  VolumePath path{.text = std::string(text), .names = {}};
  if (text.starts_with('/')) text.remove_prefix(1);
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    const std::string_view name = text.substr(0, slash);
    check_name(name);
    path.names.emplace_back(name);
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
    if (text.empty()) check_name(text);
  }
  return path;
}

CodedError not_found(const VolumePath& path) {
  return CodedError("VOLUME_NOT_FOUND", {{"path", path.text}});
}

CodedError not_a_folder(const VolumePath& path) {
  return CodedError("VOLUME_NOT_A_FOLDER", {{"path", path.text}});
}

CodedError not_a_file(const VolumePath& path) {
  return CodedError("VOLUME_NOT_A_FILE", {{"path", path.text}});
}

CodedError path_refused(const VolumePath& path, const std::string& reason) {
  return CodedError("VOLUME_PATH_REFUSED", {{"path", path.text}, {"reason", reason}});
}

}  // namespace nacre::files
