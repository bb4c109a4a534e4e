#pragma once

#include <cstdint>
#include <string>

#include "core/block_reader.h"
#include "core/file_descriptor.h"

namespace nacre {

/// How a device or image file is opened.
struct DeviceOptions {
  bool write = false;
  /// O_EXCL on a block device: fails with EBUSY while it or a partition of it is mounted or held.
  /// On a file a lock of the whole file, which other users of this class and QEMU respect.
  bool exclusive = false;
  /// Bypass the page cache where the kernel can; reads then come from the medium.
  bool direct = true;
};

/// A block device or an image file, read and written at byte offsets.
///
/// Aligned requests (buffer, offset and length) go through O_DIRECT; anything else, such as the
/// tail of a file whose size is no multiple of the sector, through a second, buffered descriptor of
/// the same node. Safe to use from several threads. Nothing here decides whether a device may be
/// written: `src/disk` does.
class Device final : public BlockReader {
 public:
  /// @throws OsError (`open`, `ioctl`, `fstat`)
  explicit Device(std::string path, DeviceOptions options = {});

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_block_device() const { return is_block_device_; }
  /// True when reads of aligned ranges bypass the page cache.
  [[nodiscard]] bool is_direct() const { return direct_.is_open(); }
  /// Logical sector in bytes (BLKSSZGET); 512 for a file, whose real sector size only its user
  /// knows.
  [[nodiscard]] std::uint32_t logical_sector_size() const { return logical_sector_size_; }

  /// @throws OsError with the syscall `pread`; FormatError outside the device.
  void read(std::uint64_t offset, MutableBytes target) const override;
  /// As `read`, but a file's bytes that are all in memory already are taken from there: for sources
  /// only, since it tells nothing about the medium.
  void read_warm(std::uint64_t offset, MutableBytes target) const;
  /// @throws OsError with the syscall `pwrite`; FormatError outside the device.
  void write(std::uint64_t offset, Bytes source) const;
  /// Returns when all writes so far are on the medium (fdatasync).
  void flush() const;
  /// Makes the next read of the range come from the medium even without O_DIRECT. Flushed data
  /// only.
  void drop_cache(std::uint64_t offset, std::uint64_t length) const;
  /// True when a request for this range with page-aligned memory bypasses the page cache.
  [[nodiscard]] bool is_direct_range(std::uint64_t offset, std::uint64_t length) const;

  /// Bytes [begin, end).
  struct Extent {
    std::uint64_t begin;
    std::uint64_t end;
  };
  /// The first run of bytes from `offset` on that may hold data; both ends are `size()` when only a
  /// hole is left. Holes of a file read as zero. On a block device everything is data.
  [[nodiscard]] Extent next_data(std::uint64_t offset) const;

  /// Tells the medium that a range is unused: BLKDISCARD, or a hole in a file.
  /// @returns false where the device has no such command.
  [[nodiscard]] bool discard(std::uint64_t offset, std::uint64_t length) const;
  /// Makes a range read as zero by the cheapest command the device has.
  void zero(std::uint64_t offset, std::uint64_t length) const;

 private:
  void read(std::uint64_t offset, MutableBytes target, bool direct) const;
  [[nodiscard]] bool is_in_memory(std::uint64_t offset, std::size_t length) const;
  [[nodiscard]] bool is_aligned(std::uint64_t offset, const void* memory, std::size_t length) const;

  std::string path_;
  FileDescriptor buffered_;
  FileDescriptor direct_;
  std::uint64_t size_ = 0;
  std::uint32_t logical_sector_size_ = 512;
  std::uint32_t memory_alignment_ = 4096;
  std::uint32_t offset_alignment_ = 4096;
  bool is_block_device_ = false;
};

}  // namespace nacre
