#include <gtest/gtest.h>

#include <vector>

#include "ntfs/protocol.h"
#include "ntfs/volume_path.h"

namespace nacre::test {
namespace {

std::vector<std::byte> frame(std::initializer_list<int> bytes) {
  std::vector<std::byte> result;
  for (const int byte : bytes) result.push_back(static_cast<std::byte>(byte));
  return result;
}

const std::vector<std::byte> write_frame =
    frame({17, 1, 0, 0, 0, 'a', 2, 0, 0, 0, 's', 't', 3, 0, 0, 0, 1, 2, 3});

TEST(VolumeRequest, IsReadFieldByField) {
  const auto request = std::get<files::WriteRequest>(files::parse_request(write_frame));
  EXPECT_EQ(request.path, "a");
  EXPECT_EQ(request.stream, "st");
  EXPECT_EQ(request.bytes, frame({1, 2, 3}));
  const auto owner = std::get<files::OwnerRequest>(
      files::parse_request(frame({20, 1, 0, 0, 0, 'a', 1, 0, 0, 0, 2, 0, 0, 0, 0xed, 1, 0, 0})));
  EXPECT_EQ(owner.ownership.owner, 1U);
  EXPECT_EQ(owner.ownership.group, 2U);
  EXPECT_EQ(owner.ownership.mode, 0755U);
}

TEST(VolumeRequest, IsRefusedWhenCutOffOrTooLong) {
  for (std::size_t length = 0; length < write_frame.size(); length++) {
    EXPECT_THROW(static_cast<void>(files::parse_request(Bytes(write_frame).first(length))),
                 FormatError)
        << length;
  }
  auto longer = write_frame;
  longer.push_back(std::byte{0});
  EXPECT_THROW(static_cast<void>(files::parse_request(longer)), FormatError);
}

TEST(VolumeRequest, ForATreeHasSizeAndLimits) {
  const auto tree = std::get<files::TreeRequest>(files::parse_request(
      frame({64, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0})));
  EXPECT_EQ(tree.sector_size, 512U);
  EXPECT_EQ(tree.size, 65536U);
  EXPECT_EQ(tree.most_entries, 7U);
  EXPECT_EQ(tree.most_depth, 9U);
  const auto supply =
      std::get<files::SupplyRequest>(files::parse_request(frame({65, 2, 0, 0, 0, 5, 6})));
  EXPECT_EQ(supply.bytes, frame({5, 6}));
  EXPECT_THROW(static_cast<void>(files::parse_request(frame({65, 3, 0, 0, 0, 5, 6}))), FormatError);
}

TEST(VolumeRequest, OfAnUnknownKindOrAccessIsRefused) {
  EXPECT_THROW(static_cast<void>(files::parse_request(frame({99}))), FormatError);
  EXPECT_THROW(static_cast<void>(files::parse_request(frame({1, 3}))), FormatError);
}

TEST(VolumePath, HasNamesBetweenSlashes) {
  EXPECT_EQ(files::parse_path("/a/b c/日本").names, (std::vector<std::string>{"a", "b c", "日本"}));
  EXPECT_TRUE(files::parse_path("/").names.empty());
  EXPECT_TRUE(files::parse_path("").names.empty());
}

TEST(VolumePath, RefusesStepsEmptyNamesAndNul) {
  const std::vector<std::string> bad{"a//b",   "a/", "//a",       ".",
                                     "a/../b", "..", {"a\0b", 3}, std::string(5000, 'a')};
  for (const std::string& path : bad) {
    EXPECT_THROW(static_cast<void>(files::parse_path(path)), CodedError) << path;
  }
}

}  // namespace
}  // namespace nacre::test
