#include "core/zero_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace nacre {
namespace {

TEST(ZeroPages, ForTransferBeginOnAHugePageAndReachToTheLastByte) {
  for (const std::size_t size : {1U, 65'536U, 2'097'152U, 2'293'760U, 4'194'305U}) {
    ZeroPages pages = ZeroPages::for_transfer(size);
    ASSERT_EQ(pages.size(), size);
    const auto address = reinterpret_cast<std::uintptr_t>(pages.data());
    if (size >= 2'097'152U) EXPECT_EQ(address % 2'097'152U, 0U);
    const MutableBytes bytes = pages.bytes();
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(),
                            [](std::byte byte) { return byte == std::byte{0}; }));
    std::fill(bytes.begin(), bytes.end(), std::byte{1});
    const ZeroPages moved = std::move(pages);
    EXPECT_EQ(moved.bytes().back(), std::byte{1});
  }
}

}  // namespace
}  // namespace nacre
