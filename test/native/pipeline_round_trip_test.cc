#include <gtest/gtest.h>

#include "pipeline_disk.h"

namespace nacre::pipeline::testing {
namespace {

constexpr std::uint64_t mib = 1024ULL * 1024;

std::uint64_t sum_of(const AppliedPartition& partition) {
  return partition.written_bytes + partition.unchanged_bytes;
}

// Two partitions, the first with a map full of holes, both with a short tail, on a sector that is
// no page.
struct TwoPartitions {
  static constexpr std::uint64_t first_size = 9 * mib + 3 * 512;
  static constexpr std::uint64_t second_size = 5 * mib + 4096 + 100;

  TemporaryFolder folder;
  std::string disk = folder / "disk";
  Content content = disk_content(16 * mib, 1);
  std::vector<TestPartition> partitions = {
      {.offset = 63 * 512ULL, .size = first_size, .mark = mark_some},
      {.offset = 10 * mib, .size = second_size, .mark = {}},
  };

  TwoPartitions() { write_file(disk, content); }

  static void mark_some(UsedBlocks& used) {
    std::mt19937 random(7);
    for (int i = 0; i < 150; i++) {
      used.mark(random() % first_size, random() % 100000);
    }
    used.mark(first_size - 1, 1);
  }

  // What a target that held `before` must hold after an apply.
  [[nodiscard]] Content expected(Content before) const {
    UsedBlocks used(first_size);
    mark_some(used);
    for (std::uint64_t block = 0; block < used.block_count(); block++) {
      if (!used.test(block)) continue;
      const std::uint64_t begin = block * block_size;
      copy(before, partitions[0].offset + begin, std::min(block_size, first_size - begin));
    }
    copy(before, partitions[1].offset, second_size);
    return before;
  }
  void copy(Content& to, std::uint64_t offset, std::uint64_t length) const {
    const auto from = static_cast<std::ptrdiff_t>(offset);
    std::copy_n(content.begin() + from, length, to.begin() + from);
  }
};

class RoundTrip : public ::testing::TestWithParam<std::pair<bool, bool>> {};

TEST_P(RoundTrip, MakesUsedBlocksEqualAndLeavesTheRestAlone) {
  const auto [compare, direct] = GetParam();
  const TwoPartitions disk;
  const CaptureResult captured =
      capture_disk(disk.disk, disk.folder.folder("packs"), disk.partitions);
  const std::string target = disk.folder / "target";
  const Content before = noise(disk.content.size(), 99);
  write_file(target, before);
  const ApplyResult applied =
      apply_disk(target, image_of(captured, disk.partitions), packs_of(captured), compare, direct);
  EXPECT_EQ(read_file(target), disk.expected(before));
  EXPECT_EQ(sum_of(applied.partitions[0]), captured.partitions[0].used_bytes);
  EXPECT_EQ(sum_of(applied.partitions[1]), captured.partitions[1].used_bytes);
  EXPECT_EQ(captured.partitions[1].used_bytes, TwoPartitions::second_size);
  EXPECT_EQ(applied.verified_bytes,
            captured.partitions[0].used_bytes + captured.partitions[1].used_bytes);
}

INSTANTIATE_TEST_SUITE_P(AllWays, RoundTrip,
                         ::testing::Values(std::pair(true, true), std::pair(false, true),
                                           std::pair(true, false), std::pair(false, false)));

TEST(Pipeline, AppliedAgainWritesNothing) {
  const TwoPartitions disk;
  const CaptureResult captured =
      capture_disk(disk.disk, disk.folder.folder("packs"), disk.partitions);
  const auto image = image_of(captured, disk.partitions);
  write_file(disk.folder / "target", noise(disk.content.size(), 5));
  static_cast<void>(apply_disk(disk.folder / "target", image, packs_of(captured)));
  const ApplyResult again = apply_disk(disk.folder / "target", image, packs_of(captured));
  for (const AppliedPartition& partition : again.partitions) {
    EXPECT_EQ(partition.written_bytes, 0U);
    EXPECT_EQ(partition.chunks_written, 0U);
  }
}

TEST(Pipeline, AppliedToASparseFileWritesNoZeros) {
  TemporaryFolder folder;
  Content content(8 * mib);
  std::fill_n(content.begin() + 3 * mib, 10000, std::byte{1});
  write_file(folder / "disk", content);
  const std::vector<TestPartition> partitions = {{.offset = 0, .size = 8 * mib, .mark = {}}};
  const CaptureResult captured = capture_disk(folder / "disk", folder.folder("packs"), partitions);
  EXPECT_EQ(captured.new_chunks, 1U);
  EXPECT_EQ(captured.zero_chunks, 127U);
  write_file(folder / "target", {});
  std::filesystem::resize_file(folder / "target", 8 * mib);
  const ApplyResult applied =
      apply_disk(folder / "target", image_of(captured, partitions), packs_of(captured));
  EXPECT_EQ(applied.partitions[0].written_bytes, 3 * block_size);
  EXPECT_EQ(sum_of(applied.partitions[0]), 8 * mib);
  EXPECT_EQ(read_file(folder / "target"), content);
}

TEST(Pipeline, RepairWritesOnlyTheDamagedBlocks) {
  const TwoPartitions disk;
  const CaptureResult captured =
      capture_disk(disk.disk, disk.folder.folder("packs"), disk.partitions);
  const std::string target = disk.folder / "target";
  Content damaged = disk.content;
  for (const std::uint64_t at : {10 * mib, 11 * mib + 5000, 15 * mib + 4096}) {
    damaged[at] ^= std::byte{0xff};
  }
  write_file(target, damaged);
  const auto image = image_of(captured, disk.partitions);
  const CompareResult compared = compare_disk(target, image, packs_of(captured));
  ASSERT_EQ(compared.partitions[1].ranges.size(), 3U);
  EXPECT_EQ(compared.partitions[0].differing_chunks, 0U);
  EXPECT_EQ(compared.partitions[1].differing_chunks, 3U);
  EXPECT_EQ(compared.partitions[1].differing_bytes, 2 * block_size + 100);
  EXPECT_EQ(compared.partitions[1].ranges[1].offset, mib + 4096);
  EXPECT_EQ(compared.partitions[1].ranges[2].length, 100U);
  const ApplyResult applied = apply_disk(target, image, packs_of(captured));
  EXPECT_EQ(applied.partitions[1].written_bytes, 2 * block_size + 100);
  EXPECT_EQ(applied.partitions[1].chunks_written, 3U);
  EXPECT_EQ(read_file(target), disk.content);
}

TEST(Pipeline, CompareMergesRangesOverJobs) {
  const TwoPartitions disk;
  const CaptureResult captured =
      capture_disk(disk.disk, disk.folder.folder("packs"), disk.partitions);
  Content damaged = disk.content;
  std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(10 * mib), 4 * mib, std::byte{0x5a});
  write_file(disk.folder / "target", damaged);
  const CompareResult compared =
      compare_disk(disk.folder / "target", image_of(captured, disk.partitions), packs_of(captured));
  ASSERT_EQ(compared.partitions[1].ranges.size(), 1U);
  EXPECT_EQ(compared.partitions[1].ranges[0].length, 4 * mib);
  // Without packs the same, by whole chunks.
  const CompareResult by_digest =
      compare_disk(disk.folder / "target", image_of(captured, disk.partitions), {});
  EXPECT_EQ(by_digest.partitions[1].differing_bytes, 4 * mib);
}

TEST(Pipeline, FieldsArePlacedAndCompareTheSame) {
  const TwoPartitions disk;
  const CaptureResult captured =
      capture_disk(disk.disk, disk.folder.folder("packs"), disk.partitions);
  auto image = image_of(captured, disk.partitions);
  const std::uint64_t at = 3 * chunk_size - 2;  // over the edge of two chunks
  const auto from = disk.content.begin() + static_cast<std::ptrdiff_t>(10 * mib + at);
  const std::vector<std::byte> placed(4, std::byte{0xee});
  image[1].fields.push_back(
      {.offset = at, .captured = std::vector<std::byte>(from, from + 4), .placed = placed});
  const std::string target = disk.folder / "target";
  write_file(target, disk.content);
  EXPECT_EQ(compare_disk(target, image, packs_of(captured)).partitions[1].differing_chunks, 0U);
  const ApplyResult applied = apply_disk(target, image, packs_of(captured));
  EXPECT_EQ(applied.partitions[1].written_bytes, 2 * block_size);
  Content expected = disk.content;
  std::copy(placed.begin(), placed.end(),
            expected.begin() + static_cast<std::ptrdiff_t>(10 * mib + at));
  EXPECT_EQ(read_file(target), expected);
  EXPECT_EQ(compare_disk(target, image, packs_of(captured)).partitions[1].differing_chunks, 0U);
  EXPECT_EQ(apply_disk(target, image, packs_of(captured)).partitions[1].written_bytes, 0U);
}

TEST(Pipeline, CaptureOfAnUnchangedDiskMakesNoPack) {
  const TwoPartitions disk;
  const CaptureResult first = capture_disk(disk.disk, disk.folder.folder("first"), disk.partitions);
  ASSERT_EQ(first.packs.size(), 1U);
  const CaptureResult second = capture_disk(disk.disk, disk.folder.folder("second"),
                                            disk.partitions, {.known = first.packs[0].digests});
  EXPECT_EQ(second.new_chunks, 0U);
  EXPECT_TRUE(second.packs.empty());
  EXPECT_TRUE(std::filesystem::is_empty(disk.folder / "second"));
  EXPECT_EQ(second.reused_chunks, first.new_chunks + first.reused_chunks);
  EXPECT_EQ(Content(second.partitions[0].digests->bytes().begin(),
                    second.partitions[0].digests->bytes().end()),
            Content(first.partitions[0].digests->bytes().begin(),
                    first.partitions[0].digests->bytes().end()));
}

// Everything a capture gives, as one run of bytes.
Content all_bytes(const CaptureResult& result) {
  Content all;
  const auto add = [&all](Bytes bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  for (const CapturedPartition& partition : result.partitions) {
    add(partition.runs->bytes());
    add(partition.masks->bytes());
    add(partition.digests->bytes());
  }
  for (const CapturedPack& pack : result.packs) {
    add(pack.frames);
    add(pack.digests);
    add(read_file(pack.path));
  }
  return all;
}

TEST(Pipeline, CapturesOfTheSameDiskAreIdenticalWhateverTheThreads) {
  const TwoPartitions disk;
  const std::uint64_t small_packs = 2 * mib;
  const CaptureResult one = capture_disk(disk.disk, disk.folder.folder("one"), disk.partitions,
                                         {.threads = 1, .limit = small_packs});
  EXPECT_GT(one.packs.size(), 2U);
  for (const CapturedPack& pack : one.packs) {
    EXPECT_EQ(std::filesystem::file_size(pack.path), pack.size);
    EXPECT_LE(pack.size + pack.frames.size() + pack.digests.size() + 96, small_packs);
  }
  const CaptureResult eight = capture_disk(disk.disk, disk.folder.folder("eight"), disk.partitions,
                                           {.threads = 8, .limit = small_packs});
  EXPECT_TRUE(all_bytes(one) == all_bytes(eight));
}

TEST(Pipeline, WorksWithSha256) {
  const TwoPartitions disk;
  const CaptureResult captured =
      capture_disk(disk.disk, disk.folder.folder("packs"), disk.partitions,
                   {.algorithm = DigestAlgorithm::sha256});
  Control control;
  const CompareResult compared = compare({.device = open(disk.disk),
                                          .partitions = image_of(captured, disk.partitions),
                                          .packs = packs_of(captured),
                                          .algorithm = DigestAlgorithm::sha256},
                                         control);
  EXPECT_EQ(compared.partitions[1].differing_chunks, 0U);
}

TEST(Pipeline, AnEmptyPartitionGivesNoRecords) {
  TemporaryFolder folder;
  write_file(folder / "disk", noise(mib, 1));
  const std::vector<TestPartition> partitions = {
      {.offset = 0, .size = 0, .mark = {}}, {.offset = 0, .size = mib, .mark = [](UsedBlocks&) {}}};
  const CaptureResult captured = capture_disk(folder / "disk", folder.folder("packs"), partitions);
  EXPECT_EQ(captured.partitions[0].runs->size(), 0U);
  EXPECT_EQ(captured.partitions[1].runs->size(), 0U);
  EXPECT_TRUE(captured.packs.empty());
}

TEST(Pipeline, AHugeSparseDiskTakesLittleTimeAndMemory) {
  TemporaryFolder folder;
  constexpr std::uint64_t size = 1ULL << 40U;
  const Content some = noise(mib, 3);
  write_file(folder / "disk", some);
  std::filesystem::resize_file(folder / "disk", size);
  const std::vector<TestPartition> partitions = {{.offset = 0, .size = size, .mark = {}}};
  const CaptureResult captured = capture_disk(folder / "disk", folder.folder("packs"), partitions);
  EXPECT_EQ(captured.new_chunks, 16U);
  EXPECT_EQ(captured.partitions[0].runs->size(), 2 * run_record_size);
  write_file(folder / "target", {});
  std::filesystem::resize_file(folder / "target", size);
  const auto image = image_of(captured, partitions);
  const ApplyResult applied = apply_disk(folder / "target", image, packs_of(captured));
  EXPECT_EQ(applied.partitions[0].written_bytes, mib);
  EXPECT_EQ(sum_of(applied.partitions[0]), size);
  EXPECT_EQ(compare_disk(folder / "target", image, {}).partitions[0].differing_chunks, 0U);
}

}  // namespace
}  // namespace nacre::pipeline::testing
