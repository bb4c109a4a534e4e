#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "core/pipeline/pack/frame_codec.h"
#include "pipeline_disk.h"

namespace nacre::pipeline::testing {
namespace {

constexpr std::uint64_t mib = 1024ULL * 1024;
constexpr std::uint64_t disk_size = 4 * mib + 777;

/// A captured disk whose records can be changed before they are used.
struct Captured {
  TemporaryFolder folder;
  std::vector<TestPartition> partitions = {
      {.offset = 0, .size = disk_size, .mark = [](UsedBlocks& used) {
         used.mark(0, 3 * mib);
         used.mark(3 * mib + 9000, 20000);
         used.mark(disk_size - 1, 1);
       }}};
  CaptureResult result;
  Content runs;
  Content masks;
  Content digests;
  Content frames;
  Content pack_digests;
  std::string pack = folder / "packs/0.pack";

  Captured() {
    write_file(folder / "disk", disk_content(disk_size, 11));
    result = capture_disk(folder / "disk", folder.folder("packs"), partitions);
    runs = copy(result.partitions[0].runs->bytes());
    masks = copy(result.partitions[0].masks->bytes());
    digests = copy(result.partitions[0].digests->bytes());
    frames = copy(result.packs[0].frames);
    pack_digests = copy(result.packs[0].digests);
    write_file(folder / "target", noise(disk_size, 2));
  }
  static Content copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

  [[nodiscard]] std::vector<ImagePartition> image() const {
    return {{.window = {.offset = 0, .size = disk_size},
             .runs = runs,
             .masks = masks,
             .digests = digests,
             .fields = {}}};
  }
  [[nodiscard]] std::vector<PackInput> packs() const {
    return {{.place = {.path = pack}, .frames = frames, .digests = pack_digests}};
  }
  [[nodiscard]] ApplyResult apply() const {
    return apply_disk(folder / "target", image(), packs());
  }
  [[nodiscard]] CheckResult check(Bytes wanted = {}) const {
    Control control;
    return pipeline::check({.packs = packs(), .wanted = wanted, .threads = 3}, control);
  }
  /// The apply is refused and the target is as it was.
  void expect_refused() const {
    EXPECT_THROW(static_cast<void>(apply()), FormatError);
    EXPECT_EQ(read_file(folder / "target"), noise(disk_size, 2));
  }
  void damage_pack(std::uint64_t offset) const {
    Content content = read_file(pack);
    content[offset] ^= std::byte{0x40};
    write_file(pack, content);
  }
};

TEST(PipelineDamage, EveryWrongFieldOfARunRecordIsRefusedBeforeTheFirstWrite) {
  const Captured good;
  ASSERT_GE(good.runs.size(), 3 * run_record_size);
  const auto refuse = [](std::size_t offset, auto value) {
    Captured bad;
    put_little_endian(MutableBytes(bad.runs), offset, value);
    bad.expect_refused();
  };
  refuse(8, std::uint32_t{0});
  for (const unsigned bits : {31U, 32U, 53U, 63U}) refuse(0, std::uint64_t{1} << bits);
  for (const std::uint32_t count : {0x80000000U, 0xffffffffU, 100U}) refuse(8, count);
  refuse(12, std::uint16_t{4});
  refuse(14, std::uint16_t{1});
  refuse(run_record_size, std::uint64_t{0});  // overlaps the run before
}

TEST(PipelineDamage, RecordsThatAreCutOffOrTooManyAreRefused) {
  for (const std::size_t length : {1U, 15U, 16U, 17U}) {
    Captured bad;
    bad.runs.resize(bad.runs.size() - length);
    bad.expect_refused();
  }
  for (auto member : {&Captured::masks, &Captured::digests}) {
    Captured bad;
    (bad.*member).pop_back();
    bad.expect_refused();
    Captured more;
    (more.*member).resize((more.*member).size() + digest_size);
    more.expect_refused();
  }
}

TEST(PipelineDamage, AMaskThatIsEmptyFullOrPastTheEndIsRefused) {
  for (const unsigned mask : {0U, 0xffffU}) {
    Captured bad;
    ASSERT_GE(bad.masks.size(), 2U);
    put_little_endian(MutableBytes(bad.masks), 0, static_cast<std::uint16_t>(mask));
    bad.expect_refused();
  }
}

TEST(PipelineDamage, PartitionsThatOverlapOrLeaveTheDeviceAreRefused) {
  const Captured disk;
  auto image = disk.image();
  image[0].window.offset = 1;
  EXPECT_THROW(static_cast<void>(apply_disk(disk.folder / "target", image, disk.packs())),
               FormatError);
  for (const std::uint64_t offset : {disk_size + 1, ~std::uint64_t{0}}) {
    image[0].window.offset = offset;
    EXPECT_THROW(static_cast<void>(apply_disk(disk.folder / "target", image, disk.packs())),
                 FormatError);
  }
  std::filesystem::resize_file(disk.folder / "target", 2 * disk_size);
  auto twice = disk.image();
  twice.push_back(twice[0]);
  twice[1].window.offset = disk_size - 1;
  EXPECT_THROW(static_cast<void>(apply_disk(disk.folder / "target", twice, disk.packs())),
               FormatError);
}

TEST(PipelineDamage, EveryWrongFieldOfAFrameRecordIsRefused) {
  const auto refuse = [](std::size_t offset, auto value) {
    Captured bad;
    put_little_endian(MutableBytes(bad.frames), offset, value);
    bad.expect_refused();
    EXPECT_THROW(static_cast<void>(bad.check()), FormatError);
  };
  for (const std::uint32_t length : {0U, 0x80000000U, 0xffffffffU, 262145U}) refuse(0, length);
  for (const unsigned chunks : {0U, 17U, 255U}) refuse(4, static_cast<std::uint8_t>(chunks));
  refuse(4, std::uint8_t{1});
  refuse(5, std::uint8_t{2});
  refuse(6, std::uint16_t{1});
}

TEST(PipelineDamage, APackThatIsTooShortIsRefused) {
  const Captured disk;
  std::filesystem::resize_file(disk.pack, std::filesystem::file_size(disk.pack) - 1);
  disk.expect_refused();
}

TEST(PipelineDamage, AFlippedByteIsNamedAndItsChunkNotWritten) {
  const Captured disk;
  disk.damage_pack(pack_header_size + 100);
  const CodedError error = coded_error([&] { static_cast<void>(disk.apply()); });
  EXPECT_EQ(error.code(), "IMAGE_CHUNK_DAMAGED");
  EXPECT_EQ(number_fact(error, "packOffset"), pack_header_size);
  EXPECT_EQ(number_fact(error, "partition"), 0U);
  const std::uint64_t offset = number_fact(error, "diskOffset");
  EXPECT_EQ(offset, number_fact(error, "chunk") * chunk_size);
  const Content target = read_file(disk.folder / "target");
  const Content before = noise(disk_size, 2);
  const auto from = static_cast<std::ptrdiff_t>(offset);
  EXPECT_TRUE(
      std::equal(target.begin() + from, target.begin() + from + chunk_size, before.begin() + from));
}

TEST(PipelineDamage, ACheckGoesOnAfterDamageAndNamesAll) {
  const Captured disk;
  EXPECT_EQ(disk.check().damaged.size(), 0U);
  EXPECT_EQ(disk.check().checked_chunks, disk.result.new_chunks);
  const std::size_t count = disk.frames.size() / frame_record_size;
  std::uint64_t offset = pack_header_size;
  for (std::size_t i = 0; i < count; i++) {
    const FrameRecord record = parse_frame_record(disk.frames, i * frame_record_size);
    if (i % 3 == 0) disk.damage_pack(offset + record.stored_length / 2);
    offset += record.stored_length;
  }
  std::vector<bool> found(count);
  for (const DamagedChunk& chunk : disk.check().damaged) {
    found[chunk.frame] = true;
    EXPECT_FALSE(chunk.reason.empty());
    EXPECT_EQ(chunk.expected.size(), 64U);
  }
  for (std::size_t i = 0; i < count; i++) EXPECT_EQ(found[i], i % 3 == 0) << i;
}

TEST(PipelineDamage, ACheckOfWantedDigestsLooksOnlyAtTheirFrames) {
  const Captured disk;
  disk.damage_pack(pack_header_size + 100);
  const Bytes last = Bytes(disk.pack_digests).last(digest_size);
  const CheckResult checked = disk.check(last);
  EXPECT_EQ(checked.checked_chunks, 1U);
  EXPECT_TRUE(checked.damaged.empty());
}

TEST(PipelineDamage, AWrongCheckAloneIsFound) {
  Captured disk;
  disk.frames[8] ^= std::byte{1};
  const CheckResult checked = disk.check();
  ASSERT_EQ(checked.damaged.size(), 1U);
  EXPECT_EQ(checked.damaged[0].frame, 0U);
}

TEST(PipelineDamage, AFrameOfAnotherContentSizeIsRefusedByTheDecoder) {
  const Content raw = disk_content(2 * chunk_size, 6);
  FrameEncoder encoder(1, DigestAlgorithm::blake3);
  Content text(2 * chunk_size, std::byte{'x'});
  Content stored(text.size());
  FrameRecord record = encoder.encode(text, stored);
  ASSERT_FALSE(record.is_stored);
  FrameDecoder decoder;
  Content out(3 * chunk_size);
  record.chunks = 3;
  EXPECT_THROW(decoder.decode(record, Bytes(stored).first(record.stored_length), out), FormatError);
  record.chunks = 2;
  out.resize(2 * chunk_size);
  // The content size of 4 GiB stands where the header keeps 131,072 (4 bytes after magic and
  // descriptor).
  Content huge(stored.begin(), stored.begin() + record.stored_length);
  std::fill_n(huge.begin() + 5, 4, std::byte{0xff});
  EXPECT_THROW(decoder.decode(record, huge, out), FormatError);
  for (std::uint32_t length = 0; length < record.stored_length; length++) {
    FrameRecord cut = record;
    cut.stored_length = length;
    EXPECT_THROW(decoder.decode(cut, Bytes(stored).first(length), out), FormatError);
  }
  // Two frames one after the other.
  Content twice(huge.size() + record.stored_length);
  std::copy_n(stored.begin(), record.stored_length, twice.begin());
  std::copy_n(stored.begin(), record.stored_length, twice.begin() + record.stored_length);
  FrameRecord both = record;
  both.stored_length *= 2;
  EXPECT_THROW(decoder.decode(both, twice, out), FormatError);
  FrameRecord short_copy = record;
  short_copy.is_stored = true;
  EXPECT_THROW(decoder.decode(short_copy, Bytes(stored).first(record.stored_length), out),
               FormatError);
  decoder.decode(record, Bytes(stored).first(record.stored_length), out);
  EXPECT_EQ(out, text);
}

TEST(PipelineDamage, ASourceThatIsCutOffNamesTheFirstUnreadableBlock) {
  TemporaryFolder folder;
  write_file(folder / "disk", noise(4 * mib, 4));
  const auto device = open(folder / "disk", false, false);
  std::filesystem::resize_file(folder / "disk", 2 * mib + 8192);
  CaptureRequest request{.device = device,
                         .partitions = {},
                         .pack_directory = folder.folder("packs"),
                         .pack_limit = pack_limit,
                         .threads = 2};
  request.partitions.push_back({.offset = mib, .map = PartitionMap(3 * mib)});
  Control control;
  const CodedError error = coded_error([&] { static_cast<void>(capture(request, control)); });
  EXPECT_EQ(error.code(), "IMAGE_SOURCE_UNREADABLE");
  EXPECT_GE(number_fact(error, "diskOffset"), 2 * mib + 8192);
}

TEST(PipelineDamage, WithSkipBadUnreadableBlocksBecomeGaps) {
  TemporaryFolder folder;
  const Content content = noise(4 * mib, 4);
  write_file(folder / "disk", content);
  const auto device = open(folder / "disk", false, false);
  std::filesystem::resize_file(folder / "disk", 2 * mib + 8192);
  CaptureRequest request{.device = device,
                         .partitions = {},
                         .pack_directory = folder.folder("packs"),
                         .pack_limit = pack_limit,
                         .threads = 2,
                         .skip_bad = true};
  request.partitions.push_back({.offset = mib, .map = PartitionMap(3 * mib)});
  Control control;
  const CaptureResult result = capture(request, control);
  ASSERT_EQ(result.partitions[0].gaps.size(), 1U);
  EXPECT_EQ(result.partitions[0].gaps[0].offset, mib + 8192);
  EXPECT_EQ(result.partitions[0].gaps[0].length, 2 * mib - 8192);
  EXPECT_EQ(result.partitions[0].used_bytes, mib + 8192);
  write_file(folder / "target", noise(4 * mib, 5));
  const std::vector<TestPartition> partitions = {{.offset = mib, .size = 3 * mib, .mark = {}}};
  static_cast<void>(apply_disk(folder / "target", image_of(result, partitions), packs_of(result)));
  Content expected = noise(4 * mib, 5);
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(mib), mib + 8192,
              expected.begin() + static_cast<std::ptrdiff_t>(mib));
  EXPECT_EQ(read_file(folder / "target"), expected);
}

TEST(PipelineDamage, AFileTooLargeForTheFileSystemNamesThePack) {
  TemporaryFolder folder;
  write_file(folder / "disk", noise(4 * mib, 4));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = mib, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<TestPartition> partitions = {{.offset = 0, .size = 4 * mib, .mark = {}}};
  try {
    static_cast<void>(capture_disk(folder / "disk", folder.folder("packs"), partitions));
    ADD_FAILURE() << "wrote past the limit";
  } catch (const OsError& error) {
    EXPECT_EQ(error.error_number(), EFBIG);
    EXPECT_EQ(error.path(), folder / "packs/0.pack");
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old);
}

TEST(PipelineDamage, ACancelEndsEveryOperation) {
  const Captured disk;
  const auto expect_cancelled = [](const std::function<void(Control&)>& run) {
    Control control;
    std::jthread canceller([&control] {
      while (control.done() == 0 && !control.is_stopped()) std::this_thread::yield();
      control.cancel();
    });
    try {
      run(control);
    } catch (const Cancelled&) {
      SUCCEED();
    }
    control.cancel();
  };
  expect_cancelled([&](Control& control) {
    static_cast<void>(pipeline::apply({.device = open(disk.folder / "target", true),
                                       .partitions = disk.image(),
                                       .packs = disk.packs(),
                                       .threads = 4},
                                      control));
  });
  expect_cancelled([&](Control& control) {
    static_cast<void>(pipeline::check({.packs = disk.packs(), .threads = 4}, control));
  });
  // Applied again after the cancel, it ends right.
  static_cast<void>(disk.apply());
  EXPECT_EQ(compare_disk(disk.folder / "target", disk.image(), disk.packs())
                .partitions[0]
                .differing_chunks,
            0U);
}

TEST(PipelineDamage, ACaptureThatIsCancelledBeforehandThrows) {
  TemporaryFolder folder;
  write_file(folder / "disk", noise(mib, 4));
  CaptureRequest request{.device = open(folder / "disk"),
                         .partitions = {},
                         .pack_directory = folder.folder("packs"),
                         .pack_limit = pack_limit,
                         .threads = 4};
  request.partitions.push_back({.offset = 0, .map = PartitionMap(mib)});
  Control control;
  control.cancel();
  EXPECT_THROW(static_cast<void>(capture(request, control)), Cancelled);
}

TEST(PipelineDamage, APackThatIsThereAlreadyIsNotOverwritten) {
  TemporaryFolder folder;
  write_file(folder / "disk", noise(mib, 4));
  static_cast<void>(folder.folder("packs"));
  write_file(folder / "packs/0.pack", noise(10, 1));
  const std::vector<TestPartition> partitions = {{.offset = 0, .size = mib, .mark = {}}};
  EXPECT_THROW(static_cast<void>(capture_disk(folder / "disk", folder / "packs", partitions)),
               OsError);
  EXPECT_EQ(read_file(folder / "packs/0.pack"), noise(10, 1));
}

TEST(PipelineDamage, ARequestThatMakesNoSenseIsRefused) {
  TemporaryFolder folder;
  write_file(folder / "disk", noise(mib, 4));
  static_cast<void>(folder.folder("packs"));
  const std::vector<TestPartition> outside = {{.offset = 1, .size = mib, .mark = {}}};
  EXPECT_THROW(static_cast<void>(capture_disk(folder / "disk", folder / "packs", outside)),
               FormatError);
  const std::vector<TestPartition> inside = {{.offset = 0, .size = mib, .mark = {}}};
  EXPECT_THROW(
      static_cast<void>(capture_disk(folder / "disk", folder / "packs", inside, {.limit = 1000})),
      FormatError);
  const Content odd(33);
  EXPECT_THROW(
      static_cast<void>(capture_disk(folder / "disk", folder / "packs", inside, {.known = odd})),
      FormatError);
}

}  // namespace
}  // namespace nacre::pipeline::testing
