#include "core/device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/zero_pages.h"

namespace nacre {
namespace {

constexpr DeviceOptions writable{.write = true, .exclusive = false, .direct = true};
constexpr DeviceOptions exclusive{.write = true, .exclusive = true, .direct = true};

class DeviceFile : public testing::Test {
 protected:
  DeviceFile() {
    std::string folder = testing::TempDir() + "nacre-device-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ + "/disk.img";
  }
  ~DeviceFile() override { std::filesystem::remove_all(folder_); }

  void make(std::size_t size) const {
    std::vector<char> bytes(size);
    for (std::size_t i = 0; i < size; i++) bytes[i] = static_cast<char>(i % 251);
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(size));
  }
  [[nodiscard]] static bool is_pattern(Bytes bytes, std::uint64_t offset) {
    for (std::size_t i = 0; i < bytes.size(); i++) {
      if (bytes[i] != static_cast<std::byte>((offset + i) % 251)) return false;
    }
    return true;
  }

  std::string folder_;
  std::string path_;
};

int error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const OsError& error) {
    return error.error_number();
  }
  return 0;
}

TEST_F(DeviceFile, OfAnOddLengthIsReadToItsLastByte) {
  for (const std::size_t size : {1U, 511U, 513U, 4097U, 100'001U}) {
    make(size);
    const Device device(path_);
    EXPECT_EQ(device.size(), size);
    ZeroPages whole(size);
    device.read(0, whole.bytes());
    EXPECT_TRUE(is_pattern(whole.bytes(), 0));
    std::vector<std::byte> tail(std::min<std::size_t>(size, 700));
    device.read(size - tail.size(), tail);
    EXPECT_TRUE(is_pattern(tail, size - tail.size()));
  }
}

TEST_F(DeviceFile, IsWrittenAtAnyOffsetAndReadBackTheOtherWay) {
  make(50'001);
  const Device device(path_, writable);
  ZeroPages aligned(8192);
  std::fill_n(aligned.data(), aligned.size(), std::byte{0xa5});
  device.write(4096, aligned.bytes());
  const std::vector<std::byte> odd(777, std::byte{0x5a});
  device.write(5000, odd);
  device.write(50'001 - odd.size(), odd);
  device.flush();
  device.drop_cache(0, 50'001);
  ZeroPages found(12'288);
  device.read(0, found.bytes());
  EXPECT_TRUE(is_pattern(Bytes(found.bytes()).first(4096), 0));
  EXPECT_EQ(found.data()[4999], std::byte{0xa5});
  EXPECT_EQ(found.data()[5000], std::byte{0x5a});
  EXPECT_EQ(found.data()[5777], std::byte{0xa5});
  std::vector<std::byte> tail(1);
  device.read(50'000, tail);
  EXPECT_EQ(tail[0], std::byte{0x5a});
}

// How many pages of a file are in memory.
std::size_t pages_in_memory(const std::string& path) {
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  const FileDescriptor file = open_file(path, O_RDONLY);
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  std::vector<unsigned char> pages((size + 4095) / 4096);
  EXPECT_EQ(::mincore(mapped, size, pages.data()), 0);
  ::munmap(mapped, size);
  return static_cast<std::size_t>(
      std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return page % 2 == 1; }));
}

TEST_F(DeviceFile, IsReadWarmFromMemoryOrMediumAlike) {
  make(300'001);
  const Device device(path_);
  device.flush();
  ZeroPages bytes(262'144);
  const auto reads_right = [&] {
    device.read_warm(4096, bytes.bytes());
    if (!is_pattern(bytes.bytes(), 4096)) return false;
    const MutableBytes odd = bytes.bytes().first(777);
    device.read_warm(299'224, odd);
    return is_pattern(odd, 299'224);
  };
  EXPECT_TRUE(reads_right());
  device.drop_cache(0, 303'104);
  // tmpfs has no other place for them: there is nothing to read from outside of memory.
  if (pages_in_memory(path_) != 0) GTEST_SKIP() << "the file system keeps pages in memory";
  device.read_warm(4096, bytes.bytes());
  EXPECT_TRUE(is_pattern(bytes.bytes(), 4096));
  // A whole disk that is read once must not push everything else out of memory.
  EXPECT_EQ(pages_in_memory(path_), 0U);
  EXPECT_TRUE(reads_right());
}

TEST_F(DeviceFile, IsNeverTouchedOutside) {
  make(10'000);
  const Device device(path_, writable);
  std::vector<std::byte> bytes(512);
  for (const std::uint64_t offset : {9'489ULL, 10'000ULL, 1ULL << 62U, ~0ULL}) {
    EXPECT_THROW(device.read(offset, bytes), FormatError);
    EXPECT_THROW(device.read_warm(offset, bytes), FormatError);
    EXPECT_THROW(device.write(offset, bytes), FormatError);
    EXPECT_THROW(device.zero(offset, 512), FormatError);
    EXPECT_THROW(static_cast<void>(device.discard(offset, 512)), FormatError);
  }
  EXPECT_EQ(std::filesystem::file_size(path_), 10'000U);
}

TEST_F(DeviceFile, ThatShrinksIsAnInputError) {
  make(100'000);
  const Device device(path_);
  std::filesystem::resize_file(path_, 50'000);
  ZeroPages bytes(65'536);
  EXPECT_EQ(error_of([&] { device.read(0, bytes.bytes()); }), EIO);
  EXPECT_EQ(error_of([&] { device.read(60'000, bytes.bytes().first(100)); }), EIO);
}

TEST_F(DeviceFile, OpenedForReadingIsNotWritten) {
  make(8192);
  const Device device(path_);
  ZeroPages bytes(4096);
  EXPECT_EQ(error_of([&] { device.write(0, bytes.bytes()); }), EBADF);
}

TEST_F(DeviceFile, IsZeroedAndDiscardedInItsRangeOnly) {
  make(1U << 20U);
  const Device device(path_, writable);
  device.zero(1000, 100'000);
  ASSERT_TRUE(device.discard(1U << 19U, 65'536));
  device.zero(0, 0);
  ZeroPages found(1U << 20U);
  device.read(0, found.bytes());
  const Bytes bytes = found.bytes();
  const auto is_zero = [&](std::size_t from, std::size_t to) {
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                       bytes.begin() + static_cast<std::ptrdiff_t>(to),
                       [](std::byte byte) { return byte == std::byte{0}; });
  };
  EXPECT_TRUE(is_pattern(bytes.first(1000), 0));
  EXPECT_TRUE(is_zero(1000, 101'000));
  EXPECT_TRUE(is_pattern(bytes.subspan(101'000, 1000), 101'000));
  EXPECT_TRUE(is_zero(1U << 19U, (1U << 19U) + 65'536));
  EXPECT_EQ(std::filesystem::file_size(path_), 1U << 20U);
}

TEST_F(DeviceFile, HeldExclusivelyLetsReadersInAndWritersWait) {
  make(4096);
  const auto first = std::make_unique<Device>(path_, exclusive);
  EXPECT_EQ(error_of([&] { const Device second(path_, exclusive); }), EBUSY);
  EXPECT_EQ(error_of([&] {
              const Device reader(path_, {.write = false, .exclusive = true, .direct = true});
            }),
            EBUSY);
  EXPECT_EQ(error_of([&] { const Device reader(path_); }), 0);
}

TEST_F(DeviceFile, WithoutDirectAccessIsReadThroughTheCache) {
  make(8192);
  const Device device(path_, {.write = false, .exclusive = false, .direct = false});
  EXPECT_FALSE(device.is_direct());
  ZeroPages bytes(8192);
  device.read(0, bytes.bytes());
  EXPECT_TRUE(is_pattern(bytes.bytes(), 0));
}

TEST_F(DeviceFile, OfNoLengthCanBeOpened) {
  make(0);
  const Device device(path_, writable);
  EXPECT_EQ(device.size(), 0U);
  device.read(0, {});
}

TEST(Device, RefusesWhatIsNoDisk) {
  EXPECT_THROW(Device("/dev/null"), CodedError);
  EXPECT_THROW(Device("/"), CodedError);
  EXPECT_EQ(error_of([] { const Device device("/nonexistent/disk"); }), ENOENT);
}

TEST_F(DeviceFile, ThatIsAPipeIsRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THROW(Device{path_}, CodedError);
}

}  // namespace
}  // namespace nacre
