#include "core/linux/mounts.h"

#include <algorithm>
#include <fstream>

#include "core/linux/sysfs.h"

namespace nacre {
namespace {

bool is_octal(char digit) { return digit >= '0' && digit <= '7'; }

// Space, tab, line feed and backslash are written as \ooo.
std::string unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      plain += static_cast<char>(value);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool has_option(const std::string& options, const std::string& wanted) {
  const auto words = split(options, ',');
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

// ID PARENT NUMBER ROOT POINT OPTIONS [tags...] - TYPE SOURCE OPTIONS
void add_mount(const std::string& line, std::vector<Mount>& mounts) {
  const auto words = split(line, ' ');
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (words.size() < 6 || words.end() - dash < 3) return;
  const std::string super_options = words.end() - dash > 3 ? *(dash + 3) : "";
  mounts.push_back({
      .number = words[2],
      .mount_point = unescape(words[4]),
      .type = *(dash + 1),
      .source = unescape(*(dash + 2)),
      .options = words[5] + "," + super_options,
      .is_read_only = has_option(words[5], "ro") || has_option(super_options, "ro"),
  });
}

bool lies_below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// The mount with the longest mount point above `path`, of those not yet known to be the system's.
Mount* mount_of(std::vector<Mount>& mounts, const std::string& path) {
  Mount* best = nullptr;
  for (Mount& mount : mounts) {
    if (mount.is_system || !lies_below(path, mount.mount_point)) continue;
    if (best == nullptr || mount.mount_point.size() >= best->mount_point.size()) best = &mount;
  }
  return best;
}

std::vector<std::string> paths_behind(const Mount& mount, const SystemRoots& roots) {
  std::vector<std::string> paths;
  if (mount.type == "overlay") {
    for (const std::string& option : split(mount.options, ',')) {
      const std::size_t equals = option.find('=');
      if (equals == std::string::npos || option.find("dir") == std::string::npos) continue;
      for (std::string& layer : split(option.substr(equals + 1), ':')) {
        paths.push_back(unescape(layer));
      }
    }
  }
  if (const auto node = BlockNode::by_number(roots, mount.number)) {
    const std::string file = node->attribute("loop/backing_file");
    if (!file.empty()) paths.push_back(file);
  }
  return paths;
}

// A live system's "/" is an overlay over a squashfs in a loop device over a file on the medium.
void mark_system(std::vector<Mount>& mounts, const SystemRoots& roots) {
  std::vector<const Mount*> pending;
  for (Mount& mount : mounts) {
    if (mount.mount_point != "/") continue;
    mount.is_system = true;
    pending.push_back(&mount);
  }
  while (!pending.empty()) {
    const Mount& next = *pending.back();
    pending.pop_back();
    for (const std::string& path : paths_behind(next, roots)) {
      Mount* below = mount_of(mounts, path);
      if (below == nullptr) continue;
      below->is_system = true;
      pending.push_back(below);
    }
  }
}

}  // namespace

std::vector<Mount> read_mounts(const SystemRoots& roots) {
  std::vector<Mount> mounts;
  // PID 1 may see mounts that this process, in a mount namespace of its own, does not.
  for (const char* process : {"self", "1"}) {
    std::ifstream file(roots.proc + "/" + process + "/mountinfo");
    for (std::string line; std::getline(file, line);) add_mount(line, mounts);
  }
  mark_system(mounts, roots);
  return mounts;
}

std::vector<std::string> read_swaps(const SystemRoots& roots) {
  std::vector<std::string> swaps;
  std::ifstream file(roots.proc + "/swaps");
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line)) {
    const auto words = split(line, ' ');
    if (!words.empty()) swaps.push_back(unescape(words[0]));
  }
  return swaps;
}

}  // namespace nacre
