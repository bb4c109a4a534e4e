// The program in the initramfs of an OS with a write cache: its record has the bytes of
// src/codec/write-cache-record.ts (test/codec/write-cache-record.test.ts), and its rules are those
// of docs/write-cache.md.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "writecache/decide.h"
#include "writecache/record.h"

namespace nacre::write_cache {
namespace {

Digest digest_with(std::uint8_t byte) {
  Digest digest{};
  digest.fill(byte);
  return digest;
}

const Record kRecord = {.sequence = 41,
                        .mode = Mode::keep,
                        .is_merging = true,
                        .is_lost = false,
                        .chunk_sectors = 128,
                        .base_start = 17'825'792,
                        .base_bytes = 671'088'640,
                        .store_bytes = 133'169'152,
                        .base_head = digest_with(0x5a)};

std::string text_of(const Record& record) {
  const auto bytes = serialize_record(record);
  return {bytes.begin(), bytes.end()};
}

/// A record with other bytes, and the digest that fits them.
std::string changed(std::size_t offset, std::string_view bytes) {
  std::string text = text_of(kRecord);
  text.replace(offset, bytes.size(), bytes);
  const Digest digest = digest_of(std::string_view(text).substr(0, 480));
  std::memcpy(text.data() + 480, digest.data(), digest.size());
  return text;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kDigits[value >> 4U];
    hex += kDigits[value & 15U];
  }
  return hex;
}

TEST(WriteCacheRecord, IsReadAsItWasWritten) {
  EXPECT_EQ(parse_record(text_of(kRecord)), kRecord);
  Record other = kRecord;
  other.mode = Mode::restore;
  other.is_merging = false;
  other.is_lost = true;
  other.base_head = {};
  EXPECT_EQ(parse_record(text_of(other)), other);
}

TEST(WriteCacheRecord, HasTheBytesOfTheFormat) {
  EXPECT_EQ(hex_of(text_of(kRecord).substr(0, 48)),
            "4e41435245574341"
            "01000201"
            "80000000"
            "2900000000000000"
            "0000100100000000"
            "0000002800000000"
            "0000f00700000000");
}

TEST(WriteCacheRecord, IsNoneWhenItIsCutOffOrABitIsWrong) {
  const std::string text = text_of(kRecord);
  for (std::size_t at = 0; at < kRecordBytes; at++) {
    EXPECT_FALSE(parse_record(text.substr(0, at))) << at;
    std::string wrong = text;
    wrong[at] = static_cast<char>(wrong[at] ^ 1);
    EXPECT_FALSE(parse_record(wrong)) << at;
  }
}

TEST(WriteCacheRecord, IsNoneWithAWrongValue) {
  using namespace std::string_view_literals;
  const std::vector<std::pair<std::size_t, std::string_view>> rows = {
      {8, "\x02"sv},  {10, "\0"sv},     {10, "\x03"sv},     {11, "\x04"sv},
      {12, "\x07"sv}, {12, "\0\x10"sv}, {23, "\x01"sv},     {30, "\x20"sv},
      {80, "\x01"sv}, {479, "\x01"sv},  {32, "\0\0\0\0"sv}, {40, "\0\0\0\0"sv},
  };
  for (const auto& [offset, bytes] : rows)
    EXPECT_FALSE(parse_record(changed(offset, bytes))) << offset;
}

constexpr std::string_view kValidStore("SnAp\x01\0\0\0\x01\0\0\0\x80\0\0\0", 16);

std::string store_with(std::size_t offset, char byte) {
  std::string head(kValidStore);
  head[offset] = byte;
  return head;
}

TEST(WriteCacheStore, IsEmptyValidOrUnusable) {
  EXPECT_EQ(store_state(kValidStore), StoreState::valid);
  EXPECT_EQ(store_state(std::string(16, '\0')), StoreState::empty);
  EXPECT_EQ(store_state(kValidStore.substr(1)), StoreState::unusable);
  EXPECT_EQ(store_state(store_with(0, 'T')), StoreState::unusable);
  EXPECT_EQ(store_state(store_with(4, '\0')), StoreState::unusable);
  EXPECT_EQ(store_state(store_with(8, '\2')), StoreState::unusable);
  EXPECT_EQ(store_state(store_with(12, '\7')), StoreState::unusable);
}

Record record_in(Mode mode) {
  Record record = kRecord;
  record.mode = mode;
  record.is_merging = false;
  return record;
}

const Digest kSameBase = kRecord.base_head;
const Digest kOtherBase = digest_with(1);

TEST(WriteCacheStart, DropsChangesInRestoreMode) {
  for (const StoreState store : {StoreState::empty, StoreState::valid, StoreState::unusable}) {
    Record record = record_in(Mode::restore);
    record.is_lost = true;
    const Decision decision = decide(record, store, kOtherBase);
    EXPECT_TRUE(decision.empties_store);
    EXPECT_FALSE(decision.record.is_lost);
    EXPECT_EQ(decision.record.base_head, kOtherBase);
  }
}

TEST(WriteCacheStart, KeepsChangesOverTheBaseThatTheyAreFor) {
  const Decision decision = decide(record_in(Mode::keep), StoreState::valid, kSameBase);
  EXPECT_FALSE(decision.empties_store);
  EXPECT_EQ(decision.record, record_in(Mode::keep));
  EXPECT_TRUE(decision.message.empty());
}

TEST(WriteCacheStart, BeginsOverABaseThatIsNotKnownYet) {
  Record record = record_in(Mode::keep);
  record.base_head = {};
  for (const StoreState store : {StoreState::empty, StoreState::valid}) {
    const Decision decision = decide(record, store, kSameBase);
    EXPECT_EQ(decision.empties_store, store == StoreState::empty);
    EXPECT_EQ(decision.record.base_head, kSameBase);
    EXPECT_FALSE(decision.record.is_lost);
  }
}

TEST(WriteCacheStart, SaysThatChangesAreLostWhenItHasToDropThem) {
  for (const auto& [store, base] :
       {std::pair(StoreState::unusable, kSameBase), std::pair(StoreState::valid, kOtherBase)}) {
    const Decision decision = decide(record_in(Mode::keep), store, base);
    EXPECT_TRUE(decision.empties_store);
    EXPECT_TRUE(decision.record.is_lost);
    EXPECT_FALSE(decision.message.empty());
    EXPECT_EQ(decision.record.base_head, base);
  }
}

TEST(WriteCacheStart, KeepsChangesThatAreHalfMergedInEitherMode) {
  for (const Mode mode : {Mode::restore, Mode::keep}) {
    Record record = record_in(mode);
    record.is_merging = true;
    const Decision decision = decide(record, StoreState::valid, kOtherBase);
    EXPECT_FALSE(decision.empties_store);
    EXPECT_EQ(decision.record, record);
    const Decision done = decide(record, StoreState::empty, kOtherBase);
    EXPECT_FALSE(done.record.is_merging);
    EXPECT_FALSE(done.record.is_lost);
    const Decision broken = decide(record, StoreState::unusable, kOtherBase);
    EXPECT_TRUE(broken.record.is_lost);
  }
}

}  // namespace
}  // namespace nacre::write_cache
