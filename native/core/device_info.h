#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nacre {

/// Where the kernel's own accounts lie; tests put folders of their own here.
struct SystemRoots {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string udev = "/run/udev/data";
};

enum class DeviceKind { disk, partition, loop, device_mapper, raid, file };

/// A partition as the kernel shows it; bytes from the start of the disk.
struct KernelPartition {
  std::uint32_t number = 0;
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// `system` is a mount that the running root file system needs.
enum class UseKind { mounted, swap, held, system };

/// One reason why a device must be left alone.
struct DeviceUse {
  UseKind kind = UseKind::held;
  /// The node that is used: the device itself, a partition, or something stacked upon it.
  std::string device;
  /// Mount point; name of the holder; empty for swap.
  std::string where;
  /// A mount that nobody can write through.
  bool is_read_only = false;
};

/// What is known of a block device or an image file without opening it.
struct DeviceInfo {
  /// Absolute, without links.
  std::string path;
  DeviceKind kind = DeviceKind::file;
  /// Node of the whole disk and number of the partition; only for a partition.
  std::string disk_path;
  std::uint32_t partition_number = 0;
  std::uint64_t size = 0;
  std::uint32_t logical_sector_size = 512;
  std::uint32_t physical_sector_size = 512;
  /// Best multiple of bytes for requests; 0 where the device names none.
  std::uint64_t optimal_io_size = 0;
  /// Bytes by which the first physical sector is shifted.
  std::uint64_t alignment_offset = 0;
  std::string model;
  std::string serial;
  std::string wwn;
  /// usb, sata, nvme, mmc, virtio, sas, iscsi, scsi; empty where it is not known.
  std::string transport;
  /// Stays the same when the device gets another name: wwn, else serial number, else the path.
  std::string identity;
  bool is_read_only = false;
  bool is_removable = false;
  std::optional<bool> is_rotational;
  std::vector<KernelPartition> partitions;
  std::vector<DeviceUse> uses;
};

/// Facts about a block device (whole or partition) or a regular file. Links are followed.
/// @throws OsError (ENOENT, EACCES; ENODEV for a node without a device), CodedError DISK_NOT_A_DISK
/// for any other kind of file
[[nodiscard]] DeviceInfo inspect(const std::string& path, const SystemRoots& roots = {});

/// Facts about the block device with this number ("8:1"). @throws OsError (ENODEV)
[[nodiscard]] DeviceInfo inspect_number(const std::string& number, const SystemRoots& roots = {});

/// All whole disks that hold at least one sector, by name; RAM disks are left out.
[[nodiscard]] std::vector<DeviceInfo> list_devices(const SystemRoots& roots = {});

/// Text that differs after the device or file was written to: for a block device the kernel's
/// counters of writes and discards, for a file size, times and inode. Pending writes of its page
/// cache are flushed first, so that they do not show up later. @throws OsError
[[nodiscard]] std::string change_marker(const std::string& path, const SystemRoots& roots = {});

}  // namespace nacre
