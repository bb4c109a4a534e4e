#include "core/device_info.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/linux/device_facts.h"
#include "core/linux/device_use.h"
#include "core/linux/sysfs.h"

namespace nacre {
namespace {

// Sizes and starts in /sys are counted in 512 bytes whatever the sector size is.
constexpr std::uint64_t sysfs_unit = 512;

struct stat status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw OsError(errno, "stat", path);
  return status;
}

std::string canonical_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) throw OsError(errno, "realpath", path);
  return real.get();
}

std::string number_of(dev_t device) {
  return std::to_string(major(device)) + ":" + std::to_string(minor(device));
}

DeviceKind kind_of(const BlockNode& node) {
  if (node.is_partition()) return DeviceKind::partition;
  const std::string name = node.name();
  if (name.starts_with("loop")) return DeviceKind::loop;
  if (node.has("dm")) return DeviceKind::device_mapper;
  return node.has("md") ? DeviceKind::raid : DeviceKind::disk;
}

std::uint64_t bytes_of(const BlockNode& node, const char* attribute) {
  const std::uint64_t units = node.value(attribute);
  if (units > static_cast<std::uint64_t>(LLONG_MAX) / sysfs_unit) {
    throw OsError(EOVERFLOW, "read", (node.folder() / attribute).string());
  }
  return units * sysfs_unit;
}

// Sector sizes are powers of two from 512 bytes up; anything else counts as 512.
std::uint32_t sector_size_of(const BlockNode& disk, const char* attribute) {
  const std::uint64_t size = disk.value(attribute, 512);
  const bool is_sensible = size >= 512 && size <= (1U << 20U) && (size & (size - 1)) == 0;
  return is_sensible ? static_cast<std::uint32_t>(size) : 512;
}

std::vector<KernelPartition> kernel_partitions(const BlockNode& disk) {
  std::vector<KernelPartition> found;
  for (const BlockNode& partition : disk.partitions()) {
    found.push_back({.number = static_cast<std::uint32_t>(partition.value("partition")),
                     .path = partition.node(),
                     .offset = bytes_of(partition, "start"),
                     .size = bytes_of(partition, "size")});
  }
  return found;
}

void read_identity(DeviceInfo& info) {
  const std::string part =
      info.partition_number == 0 ? "" : "#" + std::to_string(info.partition_number);
  if (!info.wwn.empty()) {
    info.identity = "wwn:" + info.wwn + part;
  } else if (!info.serial.empty()) {
    info.identity = "serial:" + info.serial + part;
  } else {
    info.identity = "path:" + info.path;
  }
}

DeviceInfo describe(const SystemRoots& roots, const BlockNode& node) {
  const BlockNode disk = node.disk();
  DeviceInfo info;
  info.path = node.node();
  info.kind = kind_of(node);
  if (node.is_partition()) {
    info.disk_path = disk.node();
    info.partition_number = static_cast<std::uint32_t>(node.value("partition"));
  }
  info.size = bytes_of(node, "size");
  info.logical_sector_size = sector_size_of(disk, "queue/logical_block_size");
  info.physical_sector_size = sector_size_of(disk, "queue/physical_block_size");
  info.optimal_io_size = disk.value("queue/optimal_io_size");
  info.alignment_offset = node.value("alignment_offset");
  info.is_read_only = node.value("ro") != 0 || disk.value("ro") != 0;
  info.is_removable = disk.value("removable") != 0;
  if (disk.has("queue/rotational")) info.is_rotational = disk.value("queue/rotational") != 0;
  read_hardware_facts(roots, disk, info);
  read_identity(info);
  if (!node.is_partition()) info.partitions = kernel_partitions(node);
  info.uses = uses_of_block(roots, node);
  return info;
}

DeviceInfo describe_file(const SystemRoots& roots, std::string path, const struct stat& status) {
  DeviceInfo info;
  info.kind = DeviceKind::file;
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.is_read_only = ::access(path.c_str(), W_OK) != 0 && (errno == EROFS || errno == EACCES);
  info.uses = uses_of_file(roots, path);
  info.path = std::move(path);
  read_identity(info);
  return info;
}

// Best effort: without the right to open a node its pending writes stay with the kernel.
void flush_pending(const std::string& path) {
  try {
    const FileDescriptor file = open_file(path, O_RDONLY);
    static_cast<void>(::fdatasync(file.get()));
  } catch (const OsError&) {
    return;
  }
}

std::string file_marker(const struct stat& status) {
  const auto time = [](const timespec& at) {
    return std::to_string(at.tv_sec) + "." + std::to_string(at.tv_nsec);
  };
  return "file " + std::to_string(status.st_size) + " " + time(status.st_mtim) + " " +
         time(status.st_ctim) + " " + std::to_string(status.st_dev) + ":" +
         std::to_string(status.st_ino);
}

// Fields of /sys/block/*/stat (kernel's Documentation/block/stat): 7 sectors written, 12 discards.
// The count of writes is left out: a flush without data, such as the one before this, counts there
// too (seen on a loop device, kernel 6.18). The sequence number changes when another medium or
// backing file takes the place.
std::string block_marker(const BlockNode& node) {
  const auto fields = split(node.attribute("stat"), ' ');
  if (fields.size() < 7) throw OsError(ENODEV, "read", (node.folder() / "stat").string());
  const std::string discards = fields.size() > 11 ? fields[11] : "0";
  return "block " + fields[6] + " " + discards + " " + node.disk().attribute("diskseq");
}

}  // namespace

DeviceInfo inspect_number(const std::string& number, const SystemRoots& roots) {
  const auto node = BlockNode::by_number(roots, number);
  if (!node) throw OsError(ENODEV, "stat", roots.sys + "/dev/block/" + number);
  return describe(roots, *node);
}

DeviceInfo inspect(const std::string& path, const SystemRoots& roots) {
  std::string real = canonical_path(path);
  const struct stat status = status_of(real);
  if (S_ISBLK(status.st_mode)) {
    DeviceInfo info = inspect_number(number_of(status.st_rdev), roots);
    // A node may have been made under another name than the kernel's; that one is sure to exist.
    info.path = std::move(real);
    read_identity(info);
    return info;
  }
  if (!S_ISREG(status.st_mode)) throw CodedError("DISK_NOT_A_DISK", {{"path", path}});
  return describe_file(roots, std::move(real), status);
}

std::vector<DeviceInfo> list_devices(const SystemRoots& roots) {
  std::vector<DeviceInfo> devices;
  for (const BlockNode& node : BlockNode::all(roots)) {
    const std::string name = node.name();
    if (name.starts_with("ram") || name.starts_with("zram") || node.value("size") == 0) continue;
    devices.push_back(describe(roots, node));
  }
  return devices;
}

std::string change_marker(const std::string& path, const SystemRoots& roots) {
  struct stat status = status_of(path);
  flush_pending(path);
  if (!S_ISBLK(status.st_mode)) {
    status = status_of(path);
    return file_marker(status);
  }
  const auto node = BlockNode::by_number(roots, number_of(status.st_rdev));
  if (!node) throw OsError(ENODEV, "stat", path);
  // Each partition node has a page cache of its own.
  for (const BlockNode& partition : node->partitions()) flush_pending(partition.node());
  return block_marker(*node);
}

}  // namespace nacre
