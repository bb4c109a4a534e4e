// A cut at any device write of a batch, and every legal order of the writes between two flushes,
// leaves the volume exactly as it was or, after a replay, exactly as it shall be: judged by every
// byte of every block that the state before, or the state after, uses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "volume_lab.h"

namespace nacre::test {
namespace {

const std::string large_text(300'000, 'x');

struct Scenario {
  const char* name;
  const char* mkfs;
  std::uint64_t size_mib;
  /// Exit code 0 for a sound volume.
  const char* judge;
  bool is_ntfs;
};

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

/// Administrators own it, everybody may read (MS-DTYP section 2.4.6).
std::vector<std::byte> descriptor() {
  constexpr std::array<unsigned char, 80> bytes{
      1, 0, 4,  0x80, 20,   0, 0,    0, 36, 0, 0, 0, 0,  0, 0, 0, 52, 0, 0, 0,  // header
      1, 2, 0,  0,    0,    0, 0,    5, 32, 0, 0, 0, 32, 2, 0, 0,              // owner S-1-5-32-544
      1, 2, 0,  0,    0,    0, 0,    5, 32, 0, 0, 0, 32, 2, 0, 0,              // group S-1-5-32-544
      2, 0, 28, 0,    1,    0, 0,    0,                                        // DACL, one entry
      0, 3, 20, 0,    0xa9, 0, 0x12, 0, 1,  1, 0, 0, 0,  0, 0, 1, 0,  0, 0, 0  // S-1-1-0: read
  };
  const Bytes view = std::as_bytes(std::span(bytes));
  return {view.begin(), view.end()};
}

void fill(files::FileVolume& volume) {
  volume.make_folder(files::parse_path("etc/empty"));
  write_text(volume, "etc/hostname", "before\n");
  write_text(volume, "etc/large", std::string(200'000, 'b'));
  write_text(volume, "etc/removed", std::string(50'000, 'r'));
}

void change(files::FileVolume& volume, bool is_ntfs) {
  volume.make_folder(files::parse_path("new/フォルダー"));
  write_text(volume, "etc/hostname", "after\n");
  write_text(volume, "etc/large", large_text);
  for (int i = 0; i < 20; i++) {
    write_text(volume, "new/file " + std::to_string(i),
               std::string(static_cast<std::size_t>(i) * 300, 'n'));
  }
  volume.remove(files::parse_path("etc/removed"));
  volume.remove(files::parse_path("etc/empty"));
  if (is_ntfs) {
    write_text(volume, "etc/hostname", "stream", "note");
    volume.set_security(files::parse_path("new"), descriptor());
  } else {
    volume.set_owner(files::parse_path("new"), {.owner = 70'000, .group = 7, .mode = 0750});
    volume.make_link(files::parse_path("new/link"), "../etc/hostname");
  }
}

/// Starting a tool for each cut takes minutes: NACRE_JUDGE_EVERY=1 does so.
unsigned judge_every() {
  const char* const every = std::getenv("NACRE_JUDGE_EVERY");
  return every == nullptr ? 97 : static_cast<unsigned>(std::max(1, std::atoi(every)));
}

class VolumeCut : public testing::TestWithParam<Scenario> {};

TEST_P(VolumeCut, LeavesTheStateBeforeOrAfter) {
  const Scenario& scenario = GetParam();
  VolumeLab lab(scenario.mkfs, scenario.size_mib);
  lab.change(fill);
  ASSERT_EQ(lab.judge(scenario.judge), 0);
  const auto before = lab.used_bytes();

  lab.disk.start();
  EXPECT_GT(lab.change([&](files::FileVolume& volume) { change(volume, scenario.is_ntfs); }), 0U);
  ASSERT_EQ(lab.judge(scenario.judge), 0);
  EXPECT_EQ(lab.read("etc/large"), large_text);
  EXPECT_EQ(lab.read("etc/hostname"), "after\n");
  const auto after = lab.used_bytes();

  unsigned cuts = 0;
  unsigned replayed = 0;
  bool was_after = false;
  lab.disk.for_each_cut([&](RecordingStore& medium) {
    VolumeLab cut(lab, medium);
    const bool has_replayed = cut.replay() > 0;
    const bool is_before = cut.has_used_bytes_of(before);
    was_after = cut.has_used_bytes_of(after);
    ASSERT_TRUE(is_before || was_after) << "cut " << cuts;
    ASSERT_TRUE(!has_replayed || was_after) << "cut " << cuts;
    EXPECT_EQ(cut.replay(), 0U);
    // The tools see what the bytes say.
    if (cuts % judge_every() == 0) {
      EXPECT_EQ(cut.judge(scenario.judge), 0) << "cut " << cuts;
    }
    cuts++;
    if (has_replayed) replayed++;
  });
  EXPECT_TRUE(was_after);
  EXPECT_GT(cuts, 25U);
  EXPECT_GT(replayed, 10U);
  RecordProperty("cuts", static_cast<int>(cuts));
}

constexpr const char* ext_judge = "e2fsck -fn";

INSTANTIATE_TEST_SUITE_P(
    FileSystems, VolumeCut,
    testing::Values(
        Scenario{"ntfs", "mkntfs -Q -F -s 512 -p 128 -H 255 -S 63", 4, "ntfsfix -n", true},
        Scenario{"ntfs_small_clusters", "mkntfs -Q -F -c 512 -s 512 -p 128 -H 255 -S 63", 4,
                 "ntfsfix -n", true},
        Scenario{"ext4", "mkfs.ext4 -F -b 4096 -O ^has_journal", 4, ext_judge, false},
        Scenario{"ext4_small_blocks", "mkfs.ext4 -F -b 1024", 4, ext_judge, false},
        Scenario{"ext2", "mkfs.ext2 -F -b 2048", 3, ext_judge, false}),
    [](const auto& info) { return info.param.name; });

TEST(VolumeCutWithoutJournal, LeavesTheOldStateUntilBlocksAreApplied) {
  VolumeLab lab("mkntfs -Q -F -s 512 -p 128 -H 255 -S 63", 4);
  lab.change(fill);
  const auto before = lab.used_bytes();
  lab.disk.start();
  {
    files::Batch batch(lab.window, 512, nullptr);
    change(batch.files(), true);
  }
  lab.disk.for_each_cut([&](RecordingStore& medium) {
    ASSERT_TRUE(VolumeLab(lab, medium).has_used_bytes_of(before));
  });
}

TEST(VolumeCutByFailure, IsFinishedByTheNextCall) {
  VolumeLab lab("mkfs.ext4 -F -b 1024", 4);
  lab.change(fill);
  const std::vector<std::byte> start = lab.disk.bytes();
  bool is_whole = false;
  unsigned failures = 0;
  for (std::uint64_t n = 1; !is_whole; n++) {
    VolumeLab again(lab, start);
    again.disk.fail_write(n);
    try {
      again.change([](files::FileVolume& volume) { change(volume, false); });
    } catch (const OsError& error) {
      EXPECT_EQ(error.error_number(), EIO);
      failures++;
    }
    is_whole = !again.disk.has_failed();
    const bool is_after = again.replay() > 0 || again.read("etc/hostname") == "after\n";
    EXPECT_EQ(again.read("etc/hostname"), is_after ? "after\n" : "before\n");
    EXPECT_EQ(again.has("etc/removed"), !is_after);
  }
  EXPECT_GT(failures, 10U);
}

}  // namespace
}  // namespace nacre::test
