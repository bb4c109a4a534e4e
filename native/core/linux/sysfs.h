#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_info.h"

namespace nacre {

/// First line of a small file without surrounding space; empty when it cannot be read.
[[nodiscard]] std::string read_line(const std::filesystem::path& path);
/// Decimal number of the whole text; nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);
/// The parts of `text` between `separator`s; empty parts are left out.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// A block device's folder in /sys: a whole disk, or a partition below its disk.
class BlockNode {
 public:
  /// By number, "8:1". Nothing when the kernel has no such device.
  [[nodiscard]] static std::optional<BlockNode> by_number(const SystemRoots& roots,
                                                          const std::string& number);
  /// By the kernel's name of a whole disk, "sda".
  [[nodiscard]] static std::optional<BlockNode> by_name(const SystemRoots& roots,
                                                        const std::string& name);
  /// All whole disks that the kernel lists, by name.
  [[nodiscard]] static std::vector<BlockNode> all(const SystemRoots& roots);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::string name() const { return folder_.filename().string(); }
  /// "8:1"
  [[nodiscard]] std::string number() const { return attribute("dev"); }
  /// "/dev/sda1"
  [[nodiscard]] std::string node() const;
  /// "/dev/mapper/NAME" for a named device-mapper device, else `node()`.
  [[nodiscard]] std::string label() const;

  [[nodiscard]] std::string attribute(const std::string& name) const {
    return read_line(folder_ / name);
  }
  /// A number, or `otherwise` where the attribute is missing or no number.
  [[nodiscard]] std::uint64_t value(const std::string& name, std::uint64_t otherwise = 0) const;
  [[nodiscard]] bool has(const std::string& name) const;

  [[nodiscard]] bool is_partition() const { return has("partition"); }
  /// The whole disk: this node, or the one above a partition.
  [[nodiscard]] BlockNode disk() const;
  /// Partitions the kernel shows of a whole disk, by number.
  [[nodiscard]] std::vector<BlockNode> partitions() const;
  /// Names of whole disks that are stacked upon this node (dm, md).
  [[nodiscard]] std::vector<std::string> holders() const;

 private:
  explicit BlockNode(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace nacre
