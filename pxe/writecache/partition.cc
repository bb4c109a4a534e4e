#include "partition.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "init/devices.h"
#include "init/files.h"

namespace nacre::write_cache {
namespace {

constexpr const char* kClass = "/sys/class/block/";
constexpr std::uint64_t kSectorBytes = 512;
constexpr std::size_t kMostAttributeBytes = 64;

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string attribute(const std::string& folder, const char* name) {
  std::string path = folder;
  path.append("/").append(name);
  std::string text = init::read_start(path, kMostAttributeBytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Partition partition_of(const std::string& folder) {
  const auto sectors = [&folder](const char* name) {
    return std::strtoull(attribute(folder, name).c_str(), nullptr, 10) * kSectorBytes;
  };
  return {.node = "/dev/" + name_of(folder),
          .number = attribute(folder, "dev"),
          .start_bytes = sectors("start"),
          .bytes = sectors("size")};
}

/// Memory for reads and writes past the page cache.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t bytes)
      : bytes_(static_cast<char*>(std::aligned_alloc(kBlockBytes, bytes)), std::free) {
    if (!bytes_) throw std::bad_alloc();
  }

  [[nodiscard]] char* data() const { return bytes_.get(); }

 private:
  std::unique_ptr<char, void (*)(void*)> bytes_;
};

}  // namespace

std::vector<Partition> partitions_of_disk(const std::string& node) {
  const std::string own = real_path(kClass + name_of(real_path(node)));
  if (own.empty() || !init::is_there(own + "/partition")) return {};
  std::vector<Partition> partitions = {partition_of(own)};
  const std::string disk = own.substr(0, own.rfind('/'));
  for (const std::string& name : init::names_in(disk)) {
    std::string folder = disk;
    folder.append("/").append(name);
    if (folder != own && init::is_there(folder + "/partition"))
      partitions.push_back(partition_of(folder));
  }
  return partitions;
}

std::string read_at(const std::string& node, std::uint64_t offset, std::size_t bytes) {
  const FileDescriptor file = open_file(node, O_RDONLY | O_DIRECT);
  const AlignedBytes target(bytes);
  for (std::size_t filled = 0; filled < bytes;) {
    const ssize_t count = pread(file.get(), target.data() + filled, bytes - filled,
                                static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw OsError(count < 0 ? errno : EIO, "read", node);
    filled += static_cast<std::size_t>(count);
  }
  return {target.data(), bytes};
}

void write_at(const std::string& node, std::uint64_t offset, const std::string& bytes) {
  {
    const FileDescriptor file = open_file(node, O_WRONLY | O_DIRECT | O_DSYNC);
    const AlignedBytes source(bytes.size());
    std::memcpy(source.data(), bytes.data(), bytes.size());
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t count = pwrite(file.get(), source.data() + done, bytes.size() - done,
                                   static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw OsError(count < 0 ? errno : EIO, "write", node);
      done += static_cast<std::size_t>(count);
    }
  }
  if (read_at(node, offset, bytes.size()) != bytes) throw OsError(EIO, "read back", node);
}

std::uint64_t tail_of(const Partition& partition) {
  const std::uint64_t whole = partition.bytes / kTailBytes * kTailBytes;
  return whole < 2 * kTailBytes ? 0 : whole - kTailBytes;
}

std::optional<Record> read_record(const Partition& partition) {
  const std::uint64_t tail = tail_of(partition);
  if (tail == 0) return std::nullopt;
  std::optional<Record> newest;
  for (const std::uint64_t offset : {tail, tail + kTwinBytes}) {
    std::optional<Record> record;
    try {
      record = parse_record(read_at(partition.node, offset, kBlockBytes));
    } catch (const OsError&) {
      // A sector that cannot be read: that is what the other one is for.
    }
    if (record && record->store_bytes == tail && (!newest || record->sequence > newest->sequence))
      newest = record;
  }
  return newest;
}

void store_record(const Partition& partition, const Record& record) {
  const std::uint64_t tail = tail_of(partition);
  const auto bytes = serialize_record(record);
  std::string block(kBlockBytes, '\0');
  std::memcpy(block.data(), bytes.data(), bytes.size());
  const auto first = parse_record(read_at(partition.node, tail, kBlockBytes));
  const auto second = parse_record(read_at(partition.node, tail + kTwinBytes, kBlockBytes));
  const bool first_counts = first && (!second || first->sequence >= second->sequence);
  const std::uint64_t last = first_counts ? 0 : kTwinBytes;
  write_at(partition.node, tail + (kTwinBytes - last), block);
  write_at(partition.node, tail + last, block);
}

void set_read_only(const std::string& node, bool is_read_only) {
  const FileDescriptor file = open_file(node, O_RDONLY);
  const int value = is_read_only ? 1 : 0;
  if (ioctl(file.get(), BLKROSET, &value) != 0) throw OsError(errno, "BLKROSET", node);
}

}  // namespace nacre::write_cache
