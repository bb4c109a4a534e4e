#include "core/pipeline/pack/pack_bytes.h"

#include <gtest/gtest.h>

#include "pipeline_disk.h"

namespace nacre::pipeline::testing {
namespace {

constexpr std::uint64_t mib = 1024ULL * 1024;
constexpr std::uint64_t partition_size = 3 * mib;

/// A device with a partition at 1 MiB and, behind it, the partition's own pack in three pieces.
struct PackOnDevice {
  TemporaryFolder folder;
  std::vector<TestPartition> partitions = {
      {.offset = mib, .size = partition_size, .mark = [](UsedBlocks& used) {
         used.mark(0, partition_size);
       }}};
  Content disk = disk_content(4 * mib, 5);
  CaptureResult captured;
  Content pack;
  PackPlace place = {.path = "a pack"};

  PackOnDevice() {
    write_file(folder / "disk", disk);
    captured = capture_disk(folder / "disk", folder.folder("packs"), partitions);
    pack = read_file(folder / "packs/0.pack");
    Content whole = disk;
    std::size_t done = 0;
    for (const std::size_t part : {std::size_t{1}, pack.size() / 3 + 5, pack.size()}) {
      const std::size_t length = std::min(part, pack.size() - done);
      whole.resize(whole.size() + 777, std::byte{0x5a});
      place.ranges.push_back({.offset = whole.size(), .length = length});
      whole.insert(whole.end(), pack.begin() + static_cast<std::ptrdiff_t>(done),
                   pack.begin() + static_cast<std::ptrdiff_t>(done + length));
      done += length;
    }
    write_file(folder / "disk", whole);
    place.device = open(folder / "disk");
  }

  [[nodiscard]] std::vector<PackInput> packs() const {
    return {
        {.place = place, .frames = captured.packs[0].frames, .digests = captured.packs[0].digests}};
  }
};

TEST(PackBytes, RangesOfADeviceReadLikeAFile) {
  const PackOnDevice on_device;
  const PackBytes bytes(on_device.place);
  const PackBytes file(PackPlace{.path = on_device.folder / "packs/0.pack"});
  EXPECT_EQ(bytes.size(), on_device.pack.size());
  EXPECT_EQ(file.size(), on_device.pack.size());
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, on_device.pack.size() / 3}) {
    Content from_device(on_device.pack.size() - offset);
    Content from_file(from_device.size());
    bytes.read(offset, from_device);
    file.read(offset, from_file);
    EXPECT_EQ(from_device, from_file);
  }
}

TEST(PackBytes, APartitionIsRepairedFromAPackOnItsOwnDisk) {
  const PackOnDevice on_device;
  Content damaged = read_file(on_device.folder / "disk");
  std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(mib + 9000), 300000, std::byte{7});
  write_file(on_device.folder / "disk", damaged);
  const auto image = image_of(on_device.captured, on_device.partitions);
  const ApplyResult applied = apply_disk(on_device.folder / "disk", image, on_device.packs());
  EXPECT_GE(applied.partitions[0].written_bytes, 290000U);
  EXPECT_EQ(applied.verified_bytes, partition_size);
  Content repaired = read_file(on_device.folder / "disk");
  repaired.resize(on_device.disk.size());
  EXPECT_EQ(repaired, on_device.disk);
  const CompareResult same = compare_disk(on_device.folder / "disk", image, on_device.packs());
  EXPECT_EQ(same.partitions[0].differing_chunks, 0U);
}

TEST(PackBytes, ACheckFindsDamageOnTheDevice) {
  const PackOnDevice on_device;
  const auto check = [&] {
    Control control;
    return pipeline::check({.packs = on_device.packs(), .threads = 2}, control).damaged.size();
  };
  EXPECT_EQ(check(), 0U);
  Content content = read_file(on_device.folder / "disk");
  content[on_device.place.ranges[2].offset + 100] ^= std::byte{1};
  write_file(on_device.folder / "disk", content);
  EXPECT_NE(check(), 0U);
}

TEST(PackBytes, RangesThatLeaveTheDeviceAreRefused) {
  const PackOnDevice on_device;
  const std::uint64_t size = on_device.place.device->size();
  const std::vector<std::vector<DeviceRange>> refused = {
      {{.offset = size, .length = 1}},
      {{.offset = size + 1, .length = 0}},
      {{.offset = 1, .length = size}},
      {{.offset = 0, .length = UINT64_MAX}},
      {{.offset = 0, .length = size}, {.offset = 0, .length = 1}}};
  for (const auto& ranges : refused) {
    const PackPlace place{.path = "a pack", .device = on_device.place.device, .ranges = ranges};
    EXPECT_THROW(static_cast<void>(PackBytes(place)), FormatError);
  }
}

TEST(PackBytes, FramesThatEndBehindTheRangesAreRefused) {
  PackOnDevice on_device;
  on_device.place.ranges.back().length -= 1;
  EXPECT_THROW(static_cast<void>(PackSet(on_device.packs())), FormatError);
}

}  // namespace
}  // namespace nacre::pipeline::testing
