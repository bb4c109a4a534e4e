#include "core/pipeline/pack/pack_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/error.h"

namespace nacre::pipeline {
namespace {

constexpr std::uint64_t page_size = 4096;

std::uint64_t file_size(int descriptor, const std::string& path) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) throw OsError(errno, "fstat", path);
  if (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode)) throw FormatError("pack: not a file");
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace

PackBytes::PackBytes(PackPlace place) : place_(std::move(place)) {
  if (place_.reader) {
    size_ = place_.reader->size();
    return;
  }
  if (place_.device) {
    open_ranges();
    return;
  }
  descriptor_ = open_file(place_.path, O_RDONLY);
  size_ = file_size(descriptor_.get(), place_.path);
}

void PackBytes::open_ranges() {
  const std::uint64_t end = place_.device->size();
  for (const DeviceRange& range : place_.ranges) {
    // No pack is longer than its device, so that the sum stays in bounds, too.
    if (range.offset > end || range.length > end - range.offset || range.length > end - size_) {
      throw FormatError("pack: range outside the device");
    }
    size_ += range.length;
    const std::uint64_t first = range.offset / page_size * page_size;
    place_.device->drop_cache(first, range.length + (range.offset - first) + page_size);
  }
}

void PackBytes::read(std::uint64_t offset, MutableBytes target) const {
  if (place_.reader) {
    if (!place_.reader->read(offset, target, 0)) throw FormatError("pack: nowhere to read from");
  } else if (place_.device) {
    read_ranges(offset, target);
  } else {
    read_file(offset, target);
  }
}

bool PackBytes::read_again(std::uint64_t offset, MutableBytes target, unsigned attempt) const {
  return place_.reader && place_.reader->read(offset, target, attempt);
}

void PackBytes::read_file(std::uint64_t offset, MutableBytes target) const {
  while (!target.empty()) {
    const ssize_t count =
        ::pread(descriptor_.get(), target.data(), target.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    // Its size was checked when it was opened: somebody cut it off.
    if (count <= 0) throw OsError(count < 0 ? errno : EIO, "pread", place_.path);
    target = target.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void PackBytes::read_ranges(std::uint64_t offset, MutableBytes target) const {
  for (const DeviceRange& range : place_.ranges) {
    if (target.empty()) return;
    if (offset >= range.length) {
      offset -= range.length;
      continue;
    }
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(range.length - offset, target.size()));
    place_.device->read(range.offset + offset, target.first(length));
    target = target.subspan(length);
    offset = 0;
  }
  if (!target.empty()) throw FormatError("pack: read outside its ranges");
}

}  // namespace nacre::pipeline
