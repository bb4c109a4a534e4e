#include "ntfs/change_journal.h"

#include <gtest/gtest.h>

#include "core/bytes.h"
#include "ntfs/commit.h"
#include "ntfs/overlay.h"
#include "recording_store.h"

namespace nacre::test {
namespace {

using files::Block;
using files::ChangedBlock;
using files::ChangeJournal;
using files::Overlay;
using files::WindowPlace;

constexpr std::uint64_t window_size = 10 * 4096 + 512;
constexpr WindowPlace place{.offset = 1 << 20, .size = window_size};

Block filled(unsigned char value) {
  Block block;
  block.bytes.fill(std::byte{value});
  return block;
}

/// Blocks 2 and 10 of a window of zeros change; the latter has 512 bytes in the window.
std::vector<ChangedBlock> two_changes() {
  ChangedBlock last{.number = 10, .before = {}, .after = {}};
  std::fill_n(last.after.bytes.begin(), 512, std::byte{9});
  return {{.number = 2, .before = {}, .after = filled(7)}, last};
}

std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const CodedError& error) {
    return error.code();
  }
  return "";
}

class ChangeJournalTest : public testing::Test {
 protected:
  RecordingStore window{window_size};
  RecordingStore store{ChangeJournal::bytes_for(2)};
  ChangeJournal journal{store, place};
};

TEST_F(ChangeJournalTest, NothingIsPendingInNoise) {
  std::fill(store.bytes().begin(), store.bytes().end(), std::byte{0x5a});
  EXPECT_FALSE(journal.pending());
  EXPECT_EQ(files::replay(window, journal), 0U);
}

TEST_F(ChangeJournalTest, WhatWasStoredIsAppliedOnce) {
  journal.store(two_changes());
  EXPECT_EQ(files::replay(window, journal), 2U);
  EXPECT_EQ(window.bytes()[2 * 4096], std::byte{7});
  EXPECT_EQ(window.bytes()[3 * 4096 - 1], std::byte{7});
  EXPECT_EQ(window.bytes()[3 * 4096], std::byte{0});
  EXPECT_EQ(window.bytes()[window_size - 1], std::byte{9});
  EXPECT_EQ(files::replay(window, journal), 0U);
}

TEST_F(ChangeJournalTest, HeaderHasTheDocumentedBytes) {
  journal.store(two_changes());
  const Bytes bytes(store.bytes());
  EXPECT_EQ(std::memcmp(bytes.data(), "NACREJNL", 8), 0);
  EXPECT_EQ(little_endian<std::uint32_t>(bytes, 8, ""), 1U);
  EXPECT_EQ(little_endian<std::uint32_t>(bytes, 12, ""), 4096U);
  EXPECT_EQ(little_endian<std::uint64_t>(bytes, 16, ""), 1U);
  EXPECT_EQ(little_endian<std::uint64_t>(bytes, 24, ""), place.offset);
  EXPECT_EQ(little_endian<std::uint64_t>(bytes, 32, ""), place.size);
  EXPECT_EQ(little_endian<std::uint32_t>(bytes, 40, ""), 2U);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + 4096, bytes.begin() + 4096));
  EXPECT_EQ(little_endian<std::uint64_t>(bytes, 8192 + 40, ""), 10U);
}

TEST_F(ChangeJournalTest, OneWrongByteInOneHeaderIsNoLoss) {
  journal.store(two_changes());
  for (const std::size_t header : {std::size_t{0}, std::size_t{4096}}) {
    for (std::size_t at = 0; at < 64; at++) {
      RecordingStore copy(store.bytes());
      copy.bytes()[header + at] ^= std::byte{1};
      EXPECT_TRUE(ChangeJournal(copy, place).pending()) << header + at;
    }
  }
}

TEST_F(ChangeJournalTest, NoWholeHeaderIsTheStateBefore) {
  journal.store(two_changes());
  for (std::size_t at = 0; at < 64; at++) {
    RecordingStore copy(store.bytes());
    copy.bytes()[at] ^= std::byte{0x80};
    copy.bytes()[4096 + at] ^= std::byte{0x80};
    EXPECT_FALSE(ChangeJournal(copy, place).pending()) << at;
  }
}

TEST_F(ChangeJournalTest, ContentsThatAreNotThereAreRefused) {
  journal.store(two_changes());
  for (std::size_t at = 8192; at < store.bytes().size(); at += 97) {
    RecordingStore copy(store.bytes());
    copy.bytes()[at] ^= std::byte{4};
    ChangeJournal damaged(copy, place);
    EXPECT_EQ(code_of([&] { files::replay(window, damaged); }), "VOLUME_JOURNAL_DAMAGED") << at;
  }
  for (std::size_t length = 8192; length < store.bytes().size(); length += 512) {
    std::vector<std::byte> bytes = store.bytes();
    bytes.resize(length);
    RecordingStore copy(bytes);
    ChangeJournal truncated(copy, place);
    EXPECT_EQ(code_of([&] { files::replay(window, truncated); }), "VOLUME_JOURNAL_DAMAGED");
  }
  EXPECT_EQ(window.bytes(), std::vector<std::byte>(window_size));
}

TEST_F(ChangeJournalTest, ShorterThanItsHeadersNothingIsPending) {
  RecordingStore small(4096);
  EXPECT_FALSE(ChangeJournal(small, place).pending());
}

TEST_F(ChangeJournalTest, AnotherPlaceIsRefused) {
  journal.store(two_changes());
  ChangeJournal moved(store, {.offset = 2 << 20, .size = window_size});
  EXPECT_EQ(code_of([&] { files::replay(window, moved); }), "VOLUME_JOURNAL_FOREIGN");
  ChangeJournal grown(store, {.offset = place.offset, .size = window_size + 1});
  EXPECT_EQ(code_of([&] { files::replay(window, grown); }), "VOLUME_JOURNAL_FOREIGN");
}

TEST_F(ChangeJournalTest, ASectorOfSomebodyElseIsRefusedBeforeAnythingIsWritten) {
  journal.store(two_changes());
  window.bytes()[window_size - 1] = std::byte{1};
  EXPECT_EQ(code_of([&] { files::replay(window, journal); }), "VOLUME_JOURNAL_STALE");
  EXPECT_EQ(window.bytes()[2 * 4096], std::byte{0});
  EXPECT_TRUE(journal.pending());
}

TEST_F(ChangeJournalTest, SectorsBeforeAndAfterMayBeMixed) {
  journal.store(two_changes());
  std::fill_n(window.bytes().begin() + 2 * 4096 + 512, 512, std::byte{7});
  EXPECT_EQ(files::replay(window, journal), 2U);
}

TEST_F(ChangeJournalTest, TooSmallAPlaceIsRefusedWithBothNumbers) {
  RecordingStore small(ChangeJournal::bytes_for(2) - 1);
  ChangeJournal tight(small, place);
  try {
    tight.store(two_changes());
    FAIL();
  } catch (const CodedError& error) {
    EXPECT_EQ(error.code(), "VOLUME_JOURNAL_TOO_SMALL");
    EXPECT_EQ(std::get<std::uint64_t>(error.facts()[0].value), small.size());
    EXPECT_EQ(std::get<std::uint64_t>(error.facts()[1].value), small.size() + 1);
  }
  EXPECT_EQ(small.bytes(), std::vector<std::byte>(small.size()));
}

class OverlayTest : public testing::Test {
 protected:
  OverlayTest() : used(window_size) { used.mark(0, 4 * 4096); }

  static std::vector<std::byte> noise(std::size_t length) {
    std::vector<std::byte> bytes(length);
    for (std::size_t i = 0; i < length; i++) bytes[i] = static_cast<std::byte>(i * 31 + 1);
    return bytes;
  }

  RecordingStore window{window_size};
  UsedBlocks used;
};

TEST_F(OverlayTest, BlocksInUseAreHeldAndOthersGoStraight) {
  Overlay overlay(window, std::move(used));
  const auto bytes = noise(3 * 4096);
  overlay.write(3 * 4096 - 100, bytes);
  std::vector<std::byte> seen(bytes.size());
  overlay.read(3 * 4096 - 100, seen);
  EXPECT_EQ(seen, bytes);
  overlay.settle();
  EXPECT_EQ(window.bytes()[3 * 4096], std::byte{0});
  EXPECT_EQ(window.bytes()[4 * 4096], bytes[4096 + 100]);
  const auto changes = overlay.changes();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].number, 2U);
  EXPECT_EQ(changes[0].after.bytes[4095], bytes[99]);
  EXPECT_EQ(changes[1].number, 3U);
}

TEST_F(OverlayTest, WhatDoesNotChangeIsNotHeld) {
  Overlay overlay(window, std::move(used));
  overlay.write(0, std::vector<std::byte>(8192));
  overlay.write(8192, noise(512));
  overlay.write(8192, std::vector<std::byte>(512));
  EXPECT_TRUE(overlay.changes().empty());
}

TEST_F(OverlayTest, WritesOutsideTheWindowAreRefused) {
  Overlay overlay(window, std::move(used));
  EXPECT_THROW(overlay.write(window_size, noise(1)), FormatError);
  EXPECT_THROW(overlay.write(window_size - 1, noise(2)), FormatError);
  EXPECT_THROW(overlay.write(~std::uint64_t{0}, noise(2)), FormatError);
}

TEST_F(OverlayTest, AMediumThatHoldsSomethingElseIsFoundBeforeTheCommit) {
  Overlay overlay(window, std::move(used));
  overlay.write(5 * 4096, noise(4096));
  overlay.write(0, noise(4096));
  overlay.settle();
  window.bytes()[5 * 4096 + 7] ^= std::byte{1};
  EXPECT_EQ(code_of([&] { files::commit(overlay, nullptr); }), "DISK_READ_BACK");
  EXPECT_EQ(window.bytes()[0], std::byte{0});
}

TEST_F(OverlayTest, MoreThanTheLimitIsRefused) {
  const std::uint64_t size = (Overlay::most_held + 1) * files::block_size;
  RecordingStore large(size);
  UsedBlocks all(size);
  all.mark_all();
  Overlay overlay(large, std::move(all));
  const auto bytes = noise(static_cast<std::size_t>(Overlay::most_held * files::block_size));
  overlay.write(0, bytes);
  EXPECT_EQ(code_of([&] { overlay.write(bytes.size(), Bytes(bytes).first(1)); }),
            "VOLUME_BATCH_TOO_LARGE");
}

}  // namespace
}  // namespace nacre::test
