#include "core/linux/sysfs.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>

namespace nacre {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view space = " \t\r\n";

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  // Devices come and go while this runs: a folder that vanishes is an empty one.
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string read_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const std::size_t first = line.find_first_not_of(space);
  if (first == std::string::npos) return "";
  return line.substr(first, line.find_last_not_of(space) - first + 1);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<BlockNode> BlockNode::by_number(const SystemRoots& roots, const std::string& number) {
  std::error_code error;
  fs::path folder = fs::canonical(fs::path(roots.sys) / "dev" / "block" / number, error);
  if (error) return std::nullopt;
  return BlockNode(std::move(folder));
}

std::optional<BlockNode> BlockNode::by_name(const SystemRoots& roots, const std::string& name) {
  std::error_code error;
  fs::path folder = fs::canonical(fs::path(roots.sys) / "block" / name, error);
  if (error) return std::nullopt;
  return BlockNode(std::move(folder));
}

std::vector<BlockNode> BlockNode::all(const SystemRoots& roots) {
  std::vector<BlockNode> nodes;
  for (const std::string& name : names_in(fs::path(roots.sys) / "block")) {
    if (auto node = by_name(roots, name)) nodes.push_back(std::move(*node));
  }
  return nodes;
}

// The kernel writes '!' for a '/' in a device's name (cciss!c0d0).
std::string BlockNode::node() const {
  std::string text = name();
  std::replace(text.begin(), text.end(), '!', '/');
  return "/dev/" + text;
}

std::string BlockNode::label() const {
  const std::string mapped = attribute("dm/name");
  return mapped.empty() ? node() : "/dev/mapper/" + mapped;
}

std::uint64_t BlockNode::value(const std::string& name, std::uint64_t otherwise) const {
  return parse_number(attribute(name)).value_or(otherwise);
}

bool BlockNode::has(const std::string& name) const {
  std::error_code error;
  return fs::exists(folder_ / name, error);
}

BlockNode BlockNode::disk() const {
  return is_partition() ? BlockNode(folder_.parent_path()) : *this;
}

std::vector<BlockNode> BlockNode::partitions() const {
  std::vector<BlockNode> found;
  for (const std::string& name : names_in(folder_)) {
    BlockNode child(folder_ / name);
    if (child.is_partition()) found.push_back(std::move(child));
  }
  std::sort(found.begin(), found.end(), [](const BlockNode& a, const BlockNode& b) {
    return a.value("partition") < b.value("partition");
  });
  return found;
}

std::vector<std::string> BlockNode::holders() const { return names_in(folder_ / "holders"); }

}  // namespace nacre
