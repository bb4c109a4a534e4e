#include "core/linux/device_use.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/linux/mounts.h"

namespace nacre {
namespace {

namespace fs = std::filesystem;

bool is_same_file(const std::string& one, const std::string& other) {
  if (one == other) return true;
  struct stat first {};
  struct stat second {};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// Walks up from a device through everything that is stacked upon it.
class UseFinder {
 public:
  explicit UseFinder(const SystemRoots& roots)
      : roots_(roots), mounts_(read_mounts(roots)), swaps_(read_swaps(roots)) {}

  void visit(const BlockNode& node, bool with_partitions) {
    if (!visited_.insert(node.number()).second) return;
    const std::string path = node.node();
    add_mounts(node.number(), path, node.label());
    add_swap(path, node.label());
    add_btrfs(node);
    add_bcache(node);
    for (const std::string& name : node.holders()) add_holder(node, name);
    add_loops(path);
    if (!with_partitions) return;
    for (const BlockNode& partition : node.partitions()) visit(partition, false);
  }

  void visit_file(const std::string& path) {
    add_mounts("", path, path);
    add_swap(path, path);
    add_loops(path);
  }

  [[nodiscard]] std::vector<DeviceUse> take() { return std::move(uses_); }

 private:
  void add(DeviceUse use) {
    const bool is_known = std::any_of(uses_.begin(), uses_.end(), [&](const DeviceUse& other) {
      return other.kind == use.kind && other.device == use.device && other.where == use.where;
    });
    if (!is_known) uses_.push_back(std::move(use));
  }

  // By number, and by source: btrfs has a number of its own.
  void add_mounts(const std::string& number, const std::string& path, const std::string& label) {
    for (const Mount& mount : mounts_) {
      if (mount.number != number && mount.source != path && mount.source != label) continue;
      add({.kind = mount.is_system ? UseKind::system : UseKind::mounted,
           .device = label,
           .where = mount.mount_point,
           .is_read_only = mount.is_read_only});
    }
  }

  void add_swap(const std::string& path, const std::string& label) {
    for (const std::string& swap : swaps_) {
      if (swap == label || is_same_file(swap, path)) {
        add({.kind = UseKind::swap, .device = label, .where = "", .is_read_only = false});
      }
    }
  }

  void add_held(const std::string& device, const std::string& holder) {
    add({.kind = UseKind::held, .device = device, .where = holder, .is_read_only = false});
  }

  void add_holder(const BlockNode& node, const std::string& name) {
    const auto holder = BlockNode::by_name(roots_, name);
    add_held(node.label(), holder ? holder->label() : name);
    if (holder) visit(*holder, true);
  }

  // A mounted btrfs lists all its devices here, while the mount names only one of them.
  void add_btrfs(const BlockNode& node) {
    std::error_code error;
    const fs::path top = fs::path(roots_.sys) / "fs" / "btrfs";
    for (fs::directory_iterator at(top, error), end; !error && at != end; at.increment(error)) {
      std::error_code missing;
      if (fs::exists(at->path() / "devices" / node.name(), missing)) {
        add_held(node.label(), "btrfs " + at->path().filename().string());
      }
    }
  }

  void add_bcache(const BlockNode& node) {
    if (!node.has("bcache")) return;
    std::error_code error;
    const fs::path device = fs::canonical(node.folder() / "bcache" / "dev", error);
    const auto holder =
        error ? std::nullopt : BlockNode::by_name(roots_, device.filename().string());
    add_held(node.label(), holder ? holder->label() : "bcache");
    if (holder) visit(*holder, true);
  }

  // A loop device that nobody uses is no reason; its own uses are.
  void add_loops(const std::string& path) {
    if (loops_.empty()) {
      for (BlockNode& node : BlockNode::all(roots_)) {
        if (node.name().starts_with("loop")) loops_.push_back(std::move(node));
      }
    }
    for (const BlockNode& loop : loops_) {
      const std::string file = loop.attribute("loop/backing_file");
      if (!file.empty() && is_same_file(file, path)) visit(loop, true);
    }
  }

  const SystemRoots& roots_;
  std::vector<Mount> mounts_;
  std::vector<std::string> swaps_;
  std::vector<BlockNode> loops_;
  std::set<std::string> visited_;
  std::vector<DeviceUse> uses_;
};

}  // namespace

std::vector<DeviceUse> uses_of_block(const SystemRoots& roots, const BlockNode& node) {
  UseFinder finder(roots);
  // Who has the whole disk has each of its partitions too.
  if (node.is_partition()) finder.visit(node.disk(), false);
  finder.visit(node, true);
  return finder.take();
}

std::vector<DeviceUse> uses_of_file(const SystemRoots& roots, const std::string& path) {
  UseFinder finder(roots);
  finder.visit_file(path);
  return finder.take();
}

}  // namespace nacre
