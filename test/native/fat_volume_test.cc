#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "core/fat/check.h"
#include "core/fat/format.h"
#include "core/fat/volume.h"
#include "recording_store.h"

namespace nacre::fat {
namespace {

using nacre::test::RecordingStore;

constexpr std::uint64_t mib = 1024 * 1024;
constexpr std::int64_t now = 1790000000;

std::vector<std::byte> content_of(std::size_t length, unsigned seed) {
  std::vector<std::byte> bytes(length);
  unsigned state = seed * 2654435761U + 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
  return bytes;
}

FormatOptions options_for(FileSystemType type, std::uint64_t size) {
  return {.type = type,
          .size_bytes = size,
          .hidden_sectors = 2048,
          .label = "NACRE",
          .serial = 0x12345678};
}

// fsck.fat is the judge that does not know this code.
int fsck(const std::vector<std::byte>& bytes) {
  const std::string path = testing::TempDir() + "fat-" + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  const int status = std::system(
      ("PATH=$PATH:/usr/sbin:/sbin fsck.fat -n " + path + " >" + path + ".log 2>&1").c_str());
  if (status != 0) {
    std::ifstream log(path + ".log");
    ADD_FAILURE() << std::string(std::istreambuf_iterator<char>(log), {});
  }
  std::remove(path.c_str());
  std::remove((path + ".log").c_str());
  return status;
}

bool is_sound(RecordingStore& store) {
  const CheckResult result = check(store, false);
  for (const Problem& problem : result.problems) {
    ADD_FAILURE() << name_of(problem.kind) << " " << problem.path << " " << problem.count;
  }
  return result.problems.empty();
}

struct Kind {
  FileSystemType type;
  std::uint64_t size;
  const char* name;
};

class FatVolumeTest : public testing::TestWithParam<Kind> {
 protected:
  RecordingStore store_{content_of(static_cast<std::size_t>(GetParam().size), 7)};

  void SetUp() override { format(store_, options_for(GetParam().type, GetParam().size)); }
};

TEST_P(FatVolumeTest, FormatsOverNoise) {
  EXPECT_EQ(fsck(store_.bytes()), 0);
  EXPECT_TRUE(is_sound(store_));
  Volume volume(store_);
  EXPECT_TRUE(volume.list("").empty());
  EXPECT_FALSE(volume.was_dirty());
}

TEST_P(FatVolumeTest, KeepsWhatIsWritten) {
  const std::array<std::string, 6> names{
      "grub.cfg",         "VMLINUZ",       "A long name with blanks.txt",
      "日本語の名前.txt", "Übergröße.dat", std::string(255, 'x')};
  {
    Volume volume(store_);
    volume.make_folder("EFI", now);
    volume.make_folder("/EFI/Boot", now);
    for (unsigned i = 0; i < names.size(); i++) {
      volume.write("EFI/Boot/" + names.at(i), content_of(i * 5000, i), now);
      volume.write(names.at(i), content_of(i * 777, i + 50), now);
    }
    volume.finish();
  }
  EXPECT_EQ(fsck(store_.bytes()), 0);
  EXPECT_TRUE(is_sound(store_));
  Volume volume(store_);
  for (unsigned i = 0; i < names.size(); i++) {
    EXPECT_EQ(volume.read("efi/BOOT/" + names.at(i), 0, 1U << 20U), content_of(i * 5000, i));
    EXPECT_EQ(volume.read(names.at(i), 0, 1U << 20U), content_of(i * 777, i + 50));
  }
  EXPECT_EQ(volume.list("EFI/Boot").size(), names.size());
  EXPECT_EQ(volume.find("grub.cfg")->modified_seconds, now);
  EXPECT_FALSE(volume.find("missing"));
}

TEST_P(FatVolumeTest, GivesBackWhatIsRemovedOrReplaced) {
  Volume volume(store_);
  const std::uint64_t free_bytes = volume.space().free_bytes;
  for (unsigned i = 0; i < 20; i++) volume.write("file", content_of(i * 3000, i), now);
  volume.make_folder("folder", now);
  volume.write("folder/file", content_of(9000, 1), now);
  EXPECT_THROW(volume.remove("folder"), CodedError);
  volume.remove("folder/file");
  volume.remove("folder");
  volume.remove("file");
  volume.remove("file");
  volume.finish();
  EXPECT_EQ(volume.space().free_bytes, free_bytes);
  EXPECT_EQ(fsck(store_.bytes()), 0);
  EXPECT_TRUE(is_sound(store_));
}

TEST_P(FatVolumeTest, RefusesWhatDoesNotFit) {
  Volume volume(store_);
  volume.write("kept", content_of(5000, 3), now);
  EXPECT_THROW(volume.write("large", content_of(static_cast<std::size_t>(GetParam().size), 1), now),
               CodedError);
  EXPECT_THROW(volume.write("kept/file", {}, now), CodedError);
  EXPECT_THROW(volume.write("missing/file", {}, now), CodedError);
  for (const char* name : {"a:b", "end.", "end ", "..", "tab\t", "\xff"}) {
    EXPECT_THROW(volume.write(name, {}, now), CodedError) << name;
  }
  volume.finish();
  EXPECT_EQ(volume.read("kept", 0, 10000), content_of(5000, 3));
  EXPECT_TRUE(is_sound(store_));
}

TEST_P(FatVolumeTest, GrowsAFolderOrSaysThatItIsFull) {
  Volume volume(store_);
  volume.make_folder("many", now);
  for (unsigned i = 0; i < 300; i++)
    volume.write("many/a file with number " + std::to_string(i), {}, now);
  unsigned in_root = 0;
  try {
    for (; in_root < 300; in_root++)
      volume.write("a file in the root with number " + std::to_string(in_root),
                   content_of(10, in_root), now);
  } catch (const CodedError& error) {
    EXPECT_EQ(error.code(), "FAT_DIRECTORY_FULL");
    EXPECT_NE(GetParam().type, FileSystemType::fat32);
  }
  volume.finish();
  EXPECT_EQ(volume.list("many").size(), 300U);
  EXPECT_EQ(volume.list("").size(), in_root + 1);
  EXPECT_EQ(fsck(store_.bytes()), 0);
  EXPECT_TRUE(is_sound(store_));
}

TEST_P(FatVolumeTest, PublishesWhatWasReserved) {
  Volume volume(store_);
  const ByteRange place = volume.reserve(300'000);
  store_.write(place.offset, content_of(300'000, 9));
  EXPECT_TRUE(volume.list("").empty());
  volume.publish("segment.000", place, now);
  volume.finish();
  EXPECT_EQ(volume.read("segment.000", 0, 1U << 20U), content_of(300'000, 9));
  EXPECT_EQ(volume.ranges("segment.000").size(), 1U);
  EXPECT_THROW(volume.publish("twice", place, now), FormatError);
  EXPECT_TRUE(is_sound(store_));
}

TEST_P(FatVolumeTest, RefusesARootThatIsNoChain) {
  if (GetParam().type != FileSystemType::fat32) return;
  for (const unsigned low : {0x00U, 0x01U, 0xf7U, 0xf8U, 0xffU}) {
    RecordingStore store(store_.bytes());
    const std::array<std::byte, 4> cluster{static_cast<std::byte>(low), std::byte{0xff},
                                           std::byte{0xff}, std::byte{0x0f}};
    std::copy(cluster.begin(), cluster.end(), store.bytes().begin() + 44);
    EXPECT_THROW(Volume(store).write("file", content_of(10, 1), now), FormatError) << low;
  }
}

TEST_P(FatVolumeTest, PublishesOnlyWhatLiesInside) {
  Volume volume(store_);
  const std::uint64_t data = volume.boot().data_offset;
  const std::uint64_t cluster = volume.boot().cluster_bytes;
  const std::uint64_t end = data + volume.boot().cluster_count * cluster;
  // The last one is cluster 0 again where its number is cut to 32 bits.
  for (const ByteRange range :
       {ByteRange{.offset = data - cluster, .length = 1},
        ByteRange{.offset = data + 1, .length = 1}, ByteRange{.offset = data, .length = 0},
        ByteRange{.offset = end, .length = 1},
        ByteRange{.offset = end - cluster, .length = cluster + 1},
        ByteRange{.offset = data, .length = UINT64_MAX},
        ByteRange{.offset = data + (cluster << 32U), .length = 1}}) {
    EXPECT_THROW(volume.publish("file", range, now), FormatError) << range.offset;
  }
  volume.publish("last", {.offset = end - cluster, .length = cluster}, now);
  volume.finish();
  EXPECT_TRUE(is_sound(store_));
}

TEST_P(FatVolumeTest, GoesOnAfterAWriteThatFailed) {
  for (std::uint64_t n = 1;; n++) {
    RecordingStore store(store_.bytes());
    Volume volume(store);
    volume.write("old", content_of(9000, 1), now);
    store.fail_write(n);
    try {
      volume.write("old", content_of(12'000, 2), now);
    } catch (const OsError&) {
    }
    const bool has_failed = store.has_failed();
    store.fail_write(0);
    volume.write("other", content_of(30'000, 3), now);
    volume.finish();
    // Clusters without an owner may be left, and a FAT that lacks what the other one has.
    static_cast<void>(check(store, true));
    EXPECT_TRUE(is_sound(store)) << n;
    Volume again(store);
    EXPECT_EQ(again.read("other", 0, 1U << 20U), content_of(30'000, 3)) << n;
    const auto old = again.read("old", 0, 1U << 20U);
    EXPECT_TRUE(old == content_of(9000, 1) || old == content_of(12'000, 2)) << n;
    if (!has_failed) break;
  }
}

TEST_P(FatVolumeTest, OverwritesOneSectorOnly) {
  Volume volume(store_);
  volume.write("grub.conf", content_of(512, 1), now);
  volume.finish();
  const std::vector<std::byte> before = store_.bytes();
  const std::uint64_t offset = volume.ranges("grub.conf").front().offset;
  volume.overwrite("grub.conf", 0, content_of(512, 2));
  EXPECT_EQ(volume.read("grub.conf", 0, 600), content_of(512, 2));
  std::set<std::size_t> changed;
  for (std::size_t i = 0; i < before.size(); i++) {
    if (before[i] != store_.bytes()[i]) changed.insert(i / 512);
  }
  EXPECT_EQ(changed, std::set<std::size_t>{static_cast<std::size_t>(offset / 512)});
  EXPECT_THROW(volume.overwrite("grub.conf", 1, content_of(512, 2)), FormatError);
}

// Cuts a scenario at every write. Old files keep their bytes; the changed one has its old or its
// new content; what `check` mends is sound for others too.
void cut_everywhere(RecordingStore& store, const std::function<void(Volume&)>& change,
                    const std::function<void(Volume&)>& expect_old_or_new) {
  store.start();
  {
    Volume volume(store);
    change(volume);
    volume.finish();
  }
  unsigned cuts = 0;
  store.for_each_cut([&](RecordingStore& cut) {
    {
      Volume volume(cut);
      EXPECT_EQ(volume.read("bystander", 0, 1U << 20U), content_of(20'000, 77));
      expect_old_or_new(volume);
    }
    const CheckResult mended = check(cut, true);
    for (const Problem& problem : mended.problems) {
      EXPECT_TRUE(problem.is_mended)
          << name_of(problem.kind) << " " << problem.path << " at cut " << cuts;
    }
    EXPECT_TRUE(is_sound(cut)) << "at cut " << cuts;
    if (cuts++ % 16 == 0) EXPECT_EQ(fsck(cut.bytes()), 0) << "at cut " << cuts;
    Volume volume(cut);
    expect_old_or_new(volume);
  });
  EXPECT_GT(cuts, 3U);
}

TEST_P(FatVolumeTest, SurvivesACutWhileAFileIsReplaced) {
  {
    Volume volume(store_);
    volume.write("bystander", content_of(20'000, 77), now);
    volume.make_folder("Grub", now);
    volume.write("Grub/main.cfg of some length", content_of(9000, 1), now);
    volume.finish();
  }
  cut_everywhere(
      store_,
      [](Volume& volume) {
        volume.write("Grub/main.cfg of some length", content_of(14'000, 2), now);
      },
      [](Volume& volume) {
        const auto found = volume.read("Grub/main.cfg of some length", 0, 1U << 20U);
        EXPECT_TRUE(found == content_of(9000, 1) || found == content_of(14'000, 2));
      });
}

TEST_P(FatVolumeTest, SurvivesACutWhileFilesAreMadeAndRemoved) {
  {
    Volume volume(store_);
    volume.write("bystander", content_of(20'000, 77), now);
    volume.write("old file with a long name", content_of(6000, 1), now);
    volume.finish();
  }
  cut_everywhere(
      store_,
      [](Volume& volume) {
        volume.make_folder("a new folder with a long name", now);
        volume.write("a new folder with a long name/" + std::string(200, 'n'), content_of(5000, 3),
                     now);
        volume.remove("old file with a long name");
      },
      [](Volume& volume) {
        if (volume.find("old file with a long name")) {
          EXPECT_EQ(volume.read("old file with a long name", 0, 1U << 20U), content_of(6000, 1));
        }
        const std::string made = "a new folder with a long name/" + std::string(200, 'n');
        if (volume.find(made)) EXPECT_EQ(volume.read(made, 0, 1U << 20U), content_of(5000, 3));
      });
}

TEST_P(FatVolumeTest, SurvivesACutWhileAFolderGrows) {
  {
    Volume volume(store_);
    volume.write("bystander", content_of(20'000, 77), now);
    volume.make_folder("folder", now);
    for (unsigned i = 0; volume.list("folder").size() < volume.boot().cluster_bytes / 32 - 2; i++) {
      volume.write("folder/F" + std::to_string(i), {}, now);
    }
    volume.finish();
  }
  const std::size_t before = Volume(store_).list("folder").size();
  cut_everywhere(
      store_, [](Volume& volume) { volume.write("folder/ONE_MORE", content_of(100, 1), now); },
      [before](Volume& volume) {
        const std::size_t after = volume.list("folder").size();
        EXPECT_TRUE(after == before || after == before + 1);
      });
}

INSTANTIATE_TEST_SUITE_P(Kinds, FatVolumeTest,
                         testing::Values(Kind{FileSystemType::fat12, 2 * mib, "Fat12"},
                                         Kind{FileSystemType::fat16, 16 * mib, "Fat16"},
                                         Kind{FileSystemType::fat32, 34 * mib, "Fat32"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace nacre::fat
