#pragma once

#include <filesystem>
#include <string>

#include "core/device_info.h"

namespace nacre {

/// Folders that look like /proc, /sys and udev's data base, for devices that no test machine has.
class FakeSystem {
 public:
  FakeSystem();
  ~FakeSystem();
  FakeSystem(const FakeSystem&) = delete;
  FakeSystem& operator=(const FakeSystem&) = delete;

  [[nodiscard]] const SystemRoots& roots() const { return roots_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// A file below /sys with one line.
  void sys(const std::string& path, const std::string& text) const;
  /// A file below /proc.
  void proc(const std::string& path, const std::string& text) const;
  void udev(const std::string& number, const std::string& text) const;
  void link(const std::string& sys_path, const std::string& sys_target) const;

  /// A whole disk "sda" with `device` as its folder below /sys/devices, `sectors` of 512 bytes.
  void add_disk(const std::string& name, const std::string& number, std::uint64_t sectors,
                const std::string& device = "virtual/block") const;
  void add_partition(const std::string& disk, const std::string& name, const std::string& number,
                     unsigned partition, std::uint64_t start, std::uint64_t sectors,
                     const std::string& device = "virtual/block") const;
  /// Stacks `holder` upon `device` (a disk or "sda/sda1").
  void add_holder(const std::string& device, const std::string& holder) const;

 private:
  std::filesystem::path folder_;
  SystemRoots roots_;
};

}  // namespace nacre
