#include "core/pipeline/pack/pack_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "pipeline_disk.h"

namespace nacre::pipeline::testing {
namespace {

constexpr std::uint64_t mib = 1024ULL * 1024;
constexpr std::uint64_t partition_size = 6 * mib;

/// A pack in memory, of which places in a row can be damaged.
class MemoryReader final : public PackReader {
 public:
  MemoryReader(Content content, unsigned places, unsigned damaged)
      : content_(std::move(content)), places_(places), damaged_(damaged) {}

  [[nodiscard]] std::uint64_t size() const override { return content_.size(); }
  [[nodiscard]] bool read(std::uint64_t offset, MutableBytes target,
                          unsigned attempt) const override {
    if (attempt >= places_) return false;
    requests++;
    most_attempts = std::max(most_attempts.load(), attempt);
    std::memcpy(target.data(), content_.data() + offset, target.size());
    if (attempt < damaged_) target[target.size() / 2] ^= std::byte{0x55};
    return true;
  }

  mutable std::atomic<unsigned> requests = 0;
  mutable std::atomic<unsigned> most_attempts = 0;

 private:
  Content content_;
  unsigned places_;
  unsigned damaged_;
};

/// Fails as a reader behind a network does.
class FailingReader final : public PackReader {
 public:
  explicit FailingReader(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] bool read(std::uint64_t /*offset*/, MutableBytes /*target*/,
                          unsigned /*attempt*/) const override {
    throw CodedError("STORE_WEB_UNREACHABLE", {{"address", std::string("here")}});
  }

 private:
  std::uint64_t size_;
};

/// A disk with a partition, and its pack by name.
struct RemotePack {
  TemporaryFolder folder;
  std::vector<TestPartition> partitions = {
      {.offset = mib, .size = partition_size, .mark = [](UsedBlocks& used) {
         used.mark(0, partition_size);
       }}};
  Content disk = disk_content(7 * mib, 5);
  CaptureResult captured;
  Content pack;

  RemotePack() {
    write_file(folder / "disk", disk);
    captured = capture_disk(folder / "disk", folder.folder("packs"), partitions);
    pack = read_file(folder / "packs/0.pack");
    write_file(folder / "target", noise(disk.size(), 2));
  }

  [[nodiscard]] std::shared_ptr<MemoryReader> reader(unsigned places, unsigned damaged = 0) const {
    return std::make_shared<MemoryReader>(pack, places, damaged);
  }
  [[nodiscard]] std::vector<PackInput> packs(std::shared_ptr<const PackReader> reader) const {
    return {{.place = {.path = "far away", .reader = std::move(reader)},
             .frames = captured.packs[0].frames,
             .digests = captured.packs[0].digests}};
  }
  [[nodiscard]] std::vector<ImagePartition> image() const { return image_of(captured, partitions); }
  [[nodiscard]] ApplyResult apply(const std::shared_ptr<const PackReader>& from) const {
    return apply_disk(folder / "target", image(), packs(from));
  }
  void expect_restored() const {
    const Content found = read_file(folder / "target");
    EXPECT_TRUE(std::equal(found.begin() + mib, found.end(), disk.begin() + mib));
  }
};

TEST(PackReader, APackThatSomebodyElseReadsIsRestoredComparedAndChecked) {
  const RemotePack remote;
  EXPECT_EQ(remote.apply(remote.reader(1)).verified_bytes, partition_size);
  remote.expect_restored();
  const auto same =
      compare_disk(remote.folder / "target", remote.image(), remote.packs(remote.reader(1)));
  EXPECT_EQ(same.partitions[0].differing_chunks, 0U);
  Control control;
  const CheckResult checked =
      check({.packs = remote.packs(remote.reader(1)), .threads = 2}, control);
  EXPECT_TRUE(checked.damaged.empty());
  EXPECT_EQ(checked.checked_chunks, remote.captured.new_chunks);
}

TEST(PackReader, FramesNearEachOtherComeWithOneRequest) {
  const RemotePack remote;
  const std::size_t frames = remote.captured.packs[0].frames.size() / frame_record_size;
  const auto whole = remote.reader(1);
  static_cast<void>(remote.apply(whole));
  EXPECT_LT(whole->requests, frames);
  // A block in every fourth chunk: what is lacking lies apart, though not far.
  Content worn = remote.disk;
  std::size_t worn_chunks = 0;
  for (std::size_t at = mib; at < worn.size(); at += 4 * chunk_size, worn_chunks++) {
    std::fill_n(worn.begin() + static_cast<std::ptrdiff_t>(at), block_size, std::byte{7});
  }
  write_file(remote.folder / "target", worn);
  const auto again = remote.reader(1);
  static_cast<void>(remote.apply(again));
  remote.expect_restored();
  EXPECT_LT(again->requests * 2, worn_chunks);
}

TEST(PackReader, DamagedBytesAreReadFromAnotherPlace) {
  const RemotePack remote;
  const auto reader = remote.reader(3, 2);
  static_cast<void>(remote.apply(reader));
  remote.expect_restored();
  EXPECT_EQ(reader->most_attempts, 2U);
}

TEST(PackReader, DamageInEveryPlaceIsNamed) {
  const RemotePack remote;
  const auto reader = remote.reader(2, 2);
  const CodedError error = coded_error([&] { static_cast<void>(remote.apply(reader)); });
  EXPECT_EQ(error.code(), "IMAGE_CHUNK_DAMAGED");
  EXPECT_GE(number_fact(error, "packOffset"), pack_header_size);
  EXPECT_EQ(reader->most_attempts, 1U);
}

TEST(PackReader, AFailureOfTheReaderIsItsOwnAndNoDamage) {
  const RemotePack remote;
  const auto reader = std::make_shared<FailingReader>(remote.pack.size());
  const CodedError restoring = coded_error([&] { static_cast<void>(remote.apply(reader)); });
  EXPECT_EQ(restoring.code(), "STORE_WEB_UNREACHABLE");
  Control control;
  const CodedError checking = coded_error(
      [&] { static_cast<void>(check({.packs = remote.packs(reader), .threads = 2}, control)); });
  EXPECT_EQ(checking.code(), "STORE_WEB_UNREACHABLE");
}

TEST(PackReader, FramesThatEndBehindItsSizeAreRefused) {
  const RemotePack remote;
  const auto reader = std::make_shared<FailingReader>(pack_header_size + 10);
  EXPECT_THROW(static_cast<void>(remote.apply(reader)), FormatError);
}

}  // namespace
}  // namespace nacre::pipeline::testing
