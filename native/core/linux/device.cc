#include "core/device.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "core/error.h"

namespace nacre {
namespace {

constexpr std::size_t page_size = 4096;

// The alignment O_DIRECT wants from a file (Linux 6.1, statx(2)); without an answer a page is
// always enough.
void ask_direct_alignment(int descriptor, std::uint32_t& memory, std::uint32_t& offset) {
#ifdef STATX_DIOALIGN
  struct statx answer {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &answer) != 0) return;
  if ((answer.stx_mask & STATX_DIOALIGN) == 0 || answer.stx_dio_offset_align == 0) return;
  memory = answer.stx_dio_mem_align;
  offset = answer.stx_dio_offset_align;
#else
  static_cast<void>(descriptor);
  static_cast<void>(memory);
  static_cast<void>(offset);
#endif
}

std::uint64_t block_device_size(int descriptor, const std::string& path) {
  std::uint64_t size = 0;
  if (::ioctl(descriptor, BLKGETSIZE64, &size) != 0) throw OsError(errno, "ioctl", path);
  return size;
}

// A file has no O_EXCL. An OFD lock over all of it stands for that: between our own processes, and
// against QEMU, which holds such locks on the images of running machines.
void lock_file(int descriptor, bool write, const std::string& path) {
  struct flock lock {};
  lock.l_type = static_cast<short>(write ? F_WRLCK : F_RDLCK);
  lock.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &lock) == 0) return;
  if (errno == EAGAIN || errno == EACCES) throw OsError(EBUSY, "fcntl", path);
  // File systems without locks exist (some network ones): then there is nothing to ask.
  if (errno != EINVAL && errno != ENOLCK && errno != EOPNOTSUPP)
    throw OsError(errno, "fcntl", path);
}

}  // namespace

Device::Device(std::string path, DeviceOptions options) : path_(std::move(path)) {
  const int access = options.write ? O_RDWR : O_RDONLY;
  struct stat info {};
  // A pipe or a terminal would let open() wait, or have effects of its own.
  if (::stat(path_.c_str(), &info) != 0) throw OsError(errno, "stat", path_);
  if (!S_ISBLK(info.st_mode) && !S_ISREG(info.st_mode)) {
    throw CodedError("DISK_NOT_A_DISK", {{"path", path_}});
  }
  buffered_ = open_file(path_, access | (options.exclusive ? O_EXCL : 0));
  if (::fstat(buffered_.get(), &info) != 0) throw OsError(errno, "fstat", path_);
  is_block_device_ = S_ISBLK(info.st_mode);
  if (is_block_device_) {
    size_ = block_device_size(buffered_.get(), path_);
    int sector = 512;
    if (::ioctl(buffered_.get(), BLKSSZGET, &sector) != 0) throw OsError(errno, "ioctl", path_);
    logical_sector_size_ = static_cast<std::uint32_t>(sector);
    offset_alignment_ = logical_sector_size_;
  } else {
    size_ = static_cast<std::uint64_t>(info.st_size);
    if (options.exclusive) lock_file(buffered_.get(), options.write, path_);
    ask_direct_alignment(buffered_.get(), memory_alignment_, offset_alignment_);
  }
  if (!options.direct) return;
  try {
    direct_ = open_file(path_, access | O_DIRECT);
  } catch (const OsError& error) {
    // Some file systems have no O_DIRECT; drop_cache() then keeps read-backs honest.
    if (error.error_number() != EINVAL) throw;
  }
}

bool Device::is_aligned(std::uint64_t offset, const void* memory, std::size_t length) const {
  return direct_.is_open() && offset % offset_alignment_ == 0 && length % offset_alignment_ == 0 &&
         reinterpret_cast<std::uintptr_t>(memory) % memory_alignment_ == 0;
}

void Device::read(std::uint64_t offset, MutableBytes target) const { read(offset, target, true); }

void Device::read_warm(std::uint64_t offset, MutableBytes target) const {
  read(offset, target, !is_in_memory(offset, target.size()));
}

// Asked by page, so that a read does not have to: a buffered read of what is not there would fill
// the memory with a whole disk.
bool Device::is_in_memory(std::uint64_t offset, std::size_t length) const {
  if (is_block_device_ || length == 0) return false;
  const std::uint64_t begin = offset / page_size * page_size;
  const std::size_t mapped = static_cast<std::size_t>(offset - begin) + length;
  void* address =
      ::mmap(nullptr, mapped, PROT_READ, MAP_SHARED, buffered_.get(), static_cast<off_t>(begin));
  if (address == MAP_FAILED) return false;
  std::vector<unsigned char> pages((mapped + page_size - 1) / page_size);
  const int result = ::mincore(address, mapped, pages.data());
  ::munmap(address, mapped);
  return result == 0 && std::all_of(pages.begin(), pages.end(),
                                    [](unsigned char page) { return (page & 1U) != 0; });
}

void Device::read(std::uint64_t offset, MutableBytes target, bool direct) const {
  if (offset > size_ || target.size() > size_ - offset) throw FormatError("read outside device");
  std::size_t done = 0;
  while (done < target.size()) {
    std::byte* to = target.data() + done;
    const std::size_t left = target.size() - done;
    const bool is_direct = direct && is_aligned(offset + done, to, left);
    const int from = is_direct ? direct_.get() : buffered_.get();
    const ssize_t count = ::pread(from, to, left, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw OsError(errno, "pread", path_);
    // A file that was cut short, or a device that went away: its size is no longer true.
    if (count == 0) throw OsError(EIO, "pread", path_);
    done += static_cast<std::size_t>(count);
  }
}

void Device::write(std::uint64_t offset, Bytes source) const {
  if (offset > size_ || source.size() > size_ - offset) throw FormatError("write outside device");
  std::size_t done = 0;
  while (done < source.size()) {
    const std::byte* from = source.data() + done;
    const std::size_t left = source.size() - done;
    const int to = is_aligned(offset + done, from, left) ? direct_.get() : buffered_.get();
    const ssize_t count = ::pwrite(to, from, left, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw OsError(errno, "pwrite", path_);
    if (count == 0) throw OsError(EIO, "pwrite", path_);
    done += static_cast<std::size_t>(count);
  }
}

void Device::flush() const {
  while (::fdatasync(buffered_.get()) != 0) {
    if (errno != EINTR) throw OsError(errno, "fdatasync", path_);
  }
}

void Device::drop_cache(std::uint64_t offset, std::uint64_t length) const {
  const int result = ::posix_fadvise(buffered_.get(), static_cast<off_t>(offset),
                                     static_cast<off_t>(length), POSIX_FADV_DONTNEED);
  if (result != 0) throw OsError(result, "posix_fadvise", path_);
}

bool Device::is_direct_range(std::uint64_t offset, std::uint64_t length) const {
  return is_aligned(offset, nullptr, length);
}

Device::Extent Device::next_data(std::uint64_t offset) const {
  if (offset > size_) throw FormatError("offset outside device");
  if (is_block_device_) return {.begin = offset, .end = size_};
  const off_t begin = ::lseek(buffered_.get(), static_cast<off_t>(offset), SEEK_DATA);
  if (begin < 0 && errno == ENXIO) {
    // The same answer comes after the file's end: bytes that were cut off meanwhile are no hole.
    struct stat info {};
    if (::fstat(buffered_.get(), &info) != 0) throw OsError(errno, "fstat", path_);
    const bool is_whole = static_cast<std::uint64_t>(info.st_size) >= size_;
    return {.begin = is_whole ? size_ : offset, .end = size_};
  }
  const off_t end = begin < 0 ? begin : ::lseek(buffered_.get(), begin, SEEK_HOLE);
  // A file system that cannot tell has data everywhere.
  if (end < 0) return {.begin = offset, .end = size_};
  return {.begin = std::min(static_cast<std::uint64_t>(begin), size_),
          .end = std::min(static_cast<std::uint64_t>(end), size_)};
}

bool Device::discard(std::uint64_t offset, std::uint64_t length) const {
  if (offset > size_ || length > size_ - offset) throw FormatError("discard outside device");
  int result = 0;
  if (is_block_device_) {
    std::array<std::uint64_t, 2> range{offset, length};
    result = ::ioctl(buffered_.get(), BLKDISCARD, range.data());
  } else {
    result = ::fallocate(buffered_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                         static_cast<off_t>(offset), static_cast<off_t>(length));
  }
  if (result == 0) return true;
  if (errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL) return false;
  throw OsError(errno, is_block_device_ ? "ioctl" : "fallocate", path_);
}

void Device::zero(std::uint64_t offset, std::uint64_t length) const {
  if (offset > size_ || length > size_ - offset) throw FormatError("zero outside device");
  if (length == 0) return;
  int result = 0;
  if (is_block_device_) {
    std::array<std::uint64_t, 2> range{offset, length};
    result = ::ioctl(buffered_.get(), BLKZEROOUT, range.data());
  } else {
    result = ::fallocate(buffered_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                         static_cast<off_t>(offset), static_cast<off_t>(length));
  }
  if (result == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOTTY && errno != EINVAL) {
    throw OsError(errno, is_block_device_ ? "ioctl" : "fallocate", path_);
  }
  const std::vector<std::byte> zeros(std::min<std::uint64_t>(length, 1U << 20U));
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t part = std::min<std::uint64_t>(length - done, zeros.size());
    write(offset + done, Bytes(zeros).first(part));
    done += part;
  }
}

}  // namespace nacre
