#include "core/used_blocks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace nacre {
namespace {

constexpr std::uint64_t block = UsedBlocks::block_size;
constexpr std::uint64_t mib = 1024 * 1024;

TEST(UsedBlocks, NothingIsUsedInAFreshMap) {
  const UsedBlocks used(10 * mib);
  EXPECT_EQ(used.used_bytes(), 0U);
  EXPECT_EQ(used.next_used_chunk(0), used.chunk_count());
  EXPECT_EQ(used.block_count(), 2560U);
  EXPECT_EQ(used.chunk_count(), 160U);
}

TEST(UsedBlocks, OneByteMarksItsBlock) {
  UsedBlocks used(10 * mib);
  used.mark(5 * block + 17, 1);
  EXPECT_FALSE(used.test(4));
  EXPECT_TRUE(used.test(5));
  EXPECT_FALSE(used.test(6));
  EXPECT_EQ(used.chunk_mask(0), 1U << 5U);
}

TEST(UsedBlocks, ARunAcrossABlockEdgeMarksBothBlocks) {
  UsedBlocks used(10 * mib);
  used.mark(block - 1, 2);
  EXPECT_EQ(used.chunk_mask(0), 3U);
}

TEST(UsedBlocks, ALengthOfZeroMarksNothing) {
  UsedBlocks used(10 * mib);
  used.mark(block, 0);
  EXPECT_EQ(used.used_bytes(), 0U);
}

TEST(UsedBlocks, WhatLiesOutsideIsIgnored) {
  UsedBlocks used(mib);
  used.mark(mib, block);
  used.mark(UINT64_MAX, UINT64_MAX);
  EXPECT_EQ(used.used_bytes(), 0U);
  used.mark(mib - 1, UINT64_MAX);
  EXPECT_EQ(used.used_bytes(), block);
  EXPECT_FALSE(used.test(256));
}

TEST(UsedBlocks, ClearTakesBackWholeBlocksOnly) {
  UsedBlocks used(mib);
  used.mark_all();
  used.clear(block - 1, 2 * block);
  EXPECT_EQ(used.chunk_mask(0), 0xfffdU);
  used.clear(0, mib);
  EXPECT_EQ(used.used_bytes(), 0U);
}

TEST(UsedBlocks, ClearReachesAShorterLastBlock) {
  UsedBlocks used(2 * block + 100);
  used.mark_all();
  used.clear(2 * block, 100);
  EXPECT_FALSE(used.test(2));
  EXPECT_TRUE(used.test(1));
}

TEST(UsedBlocks, AShorterLastBlockCountsWithItsLength) {
  UsedBlocks used(3 * block + 512);
  EXPECT_EQ(used.block_count(), 4U);
  used.mark_all();
  EXPECT_EQ(used.used_bytes(), 3 * block + 512);
  EXPECT_EQ(used.chunk_mask(0), 0xfU);
}

TEST(UsedBlocks, AnEmptyPartitionHasNoBlocks) {
  UsedBlocks used(0);
  used.mark_all();
  used.mark(0, 1);
  used.clear(0, 1);
  EXPECT_EQ(used.block_count(), 0U);
  EXPECT_EQ(used.used_bytes(), 0U);
  EXPECT_EQ(used.next_used_chunk(0), 0U);
  EXPECT_FALSE(used.test(0));
}

TEST(UsedBlocks, TheNextUsedChunkIsFoundFromEveryPlace) {
  UsedBlocks used(64 * mib);
  used.mark(37 * 65536 + 5 * block, block);
  used.mark(801 * 65536, block);
  EXPECT_EQ(used.next_used_chunk(0), 37U);
  EXPECT_EQ(used.next_used_chunk(37), 37U);
  EXPECT_EQ(used.next_used_chunk(38), 801U);
  EXPECT_EQ(used.next_used_chunk(802), used.chunk_count());
  EXPECT_EQ(used.next_used_chunk(UINT64_MAX), used.chunk_count());
}

TEST(UsedBlocks, ABlockOutsideIsNotUsed) {
  UsedBlocks used(mib);
  used.mark_all();
  EXPECT_FALSE(used.test(256));
  EXPECT_FALSE(used.test(UINT64_MAX));
  EXPECT_EQ(used.chunk_mask(16), 0U);
  EXPECT_EQ(used.chunk_mask(UINT64_MAX), 0U);
}

TEST(UsedBlocks, AHugePartitionCostsMemoryOnlyWhereItIsUsed) {
  UsedBlocks used(std::uint64_t{1} << 45U);
  used.mark((std::uint64_t{1} << 45U) - 1, 1);
  EXPECT_EQ(used.used_bytes(), block);
  EXPECT_TRUE(used.test((std::uint64_t{1} << 33U) - 1));
}

TEST(UsedBlocks, RandomRunsGiveTheSameAsOneBitAtATime) {
  constexpr std::uint64_t size = 700 * block + 99;
  std::mt19937 random(7);
  for (int round = 0; round < 50; round++) {
    UsedBlocks used(size);
    std::vector<bool> expected(701, false);
    for (int step = 0; step < 12; step++) {
      const std::uint64_t offset = random() % (size + 1000);
      const std::uint64_t length = random() % (size / 3);
      const bool mark = random() % 3 != 0;
      if (mark) {
        used.mark(offset, length);
      } else {
        used.clear(offset, length);
      }
      for (std::uint64_t i = 0; i < expected.size() && length > 0; i++) {
        const std::uint64_t first = i * block;
        const std::uint64_t end = std::min(first + block, size);
        const bool touched = first < offset + length && offset < end;
        const bool inside = first >= offset && end <= offset + length;
        if (mark && touched) expected[i] = true;
        if (!mark && inside) expected[i] = false;
      }
    }
    for (std::uint64_t i = 0; i < expected.size(); i++) ASSERT_EQ(used.test(i), expected[i]) << i;
  }
}

}  // namespace
}  // namespace nacre
