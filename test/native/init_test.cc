// The parsers of PID 1 (pxe/init). What the decision block means is tested with GRUB's script and
// the codec; here: that PID 1 takes and refuses the same bytes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "init/decision_block.h"
#include "init/drivers.h"
#include "init/fat_label.h"
#include "init/memory.h"
#include "init/steps.h"

namespace nacre::init {
namespace {

const DecisionBlock kBlock = {.sequence = 41,
                              .mode = "merlin",
                              .is_dirty = true,
                              .os_tries = 3,
                              .merlin_tries = 2,
                              .cmdid = "0f8e3c1a-7d55-4c0b-9a6e-2f1b7c9d0e11",
                              .status = "ok"};

std::string text_of(const DecisionBlock& block) {
  const auto bytes = serialize_block(block);
  return {bytes.begin(), bytes.end()};
}

std::string replaced(const std::string& from, const std::string& to) {
  std::string text = text_of(kBlock);
  text.replace(text.find(from), from.size(), to);
  text.resize(kBlockBytes, '#');
  return text;
}

TEST(DecisionBlock, IsReadAsItWasWritten) {
  EXPECT_EQ(parse_block(text_of(kBlock)), kBlock);
  DecisionBlock uncounted = kBlock;
  uncounted.os_tries = std::nullopt;
  EXPECT_EQ(parse_block(text_of(uncounted)), uncounted);
}

// The same bytes as src/codec/grub-block.ts writes.
TEST(DecisionBlock, HasTheLinesOfTheFormat) {
  EXPECT_TRUE(text_of(kBlock).starts_with(
      "# GRUB Environment Block\nseq=41\nmode=merlin\ndirty=1\not=3\nmt=2\n"
      "cmdid=0f8e3c1a-7d55-4c0b-9a6e-2f1b7c9d0e11\nstatus=ok\nend=1\n####"));
}

TEST(DecisionBlock, IsNoneWhenItIsCutOff) {
  const std::string text = text_of(kBlock);
  for (std::size_t length = 0; length < kBlockBytes; length++)
    EXPECT_FALSE(parse_block(text.substr(0, length))) << length;
}

TEST(DecisionBlock, IsNoneWithAWrongValue) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"# GRUB", "# grub"},
      {"seq=41", "seq=041"},
      {"seq=41", "seq=1000000000"},
      {"seq=41", "seq=-1"},
      {"seq=41", "seq="},
      {"mode=merlin", "mode=mer1in"},
      {"dirty=1", "dirty=2"},
      {"dirty=1", "dirty="},
      {"ot=3", "ot=4"},
      {"ot=3", "ot=x"},
      {"mt=2", "mt=4"},
      {"mt=2\n", ""},
      {"cmdid=0f", "cmdid=0 f"},
      {"status=ok", "status=o/k"},
      {"end=1", "end=0"},
      {"end=1\n", ""},
      {"\nseq", "\r\nseq"},
      {"mode=merlin\n", "mode=merlin\n#"}};
  for (const auto& [from, to] : rows) EXPECT_FALSE(parse_block(replaced(from, to))) << to;
  EXPECT_FALSE(parse_block(replaced("status=ok", "status=" + std::string(65, 'a'))));
}

TEST(DecisionBlock, OfTwoValuesTheLastCountsAndOtherKeysArePassedOver) {
  EXPECT_EQ(parse_block(replaced("seq=41\n", "seq=7\nnew=x\nseq=41\n")), kBlock);
}

TEST(DecisionBlock, TheSequenceStartsAgainAfterTheHighest) {
  EXPECT_EQ(next_sequence(41), 42U);
  EXPECT_EQ(next_sequence(999'999'999), 1U);
}

/// A boot sector with its label fields at `fields`.
std::string boot_sector(std::size_t fields, const std::string& label) {
  std::string sector(512, '\0');
  sector[12] = 2;
  sector[13] = 4;
  sector[14] = 1;
  sector[16] = 2;
  if (fields == 0x26) sector[22] = 32;
  sector[fields] = 0x29;
  sector.replace(fields + 1, 4, "\x78\x56\x34\xAB");
  sector.replace(fields + 5, 11, label + std::string(11 - label.size(), ' '));
  sector.replace(510, 2, "\x55\xAA");
  return sector;
}

TEST(FatLabel, IsReadFromEveryKindOfFat) {
  const FatLabel expected = {.label = "NACRE-BA", .serial = "AB34-5678"};
  EXPECT_EQ(parse_fat_label(boot_sector(0x26, "NACRE-BA")), expected);
  EXPECT_EQ(parse_fat_label(boot_sector(0x42, "NACRE-BA")), expected);
}

TEST(FatLabel, IsNoneInASectorThatIsNoBootSector) {
  const std::string sector = boot_sector(0x26, "NACRE-BA");
  for (std::size_t length = 0; length < sector.size(); length++)
    EXPECT_FALSE(parse_fat_label(sector.substr(0, length))) << length;
  for (const std::size_t at : {12U, 13U, 14U, 16U, 0x26U, 510U, 511U}) {
    std::string broken = sector;
    broken[at] = '\0';
    EXPECT_FALSE(parse_fat_label(broken)) << at;
  }
}

TEST(Drivers, AreLinesOfModulesAndOfTheDevicesThatWantThem) {
  const std::vector<Driver> expected = {
      {.modules = {"virtio", "virtio_blk"}, .patterns = {"virtio:d00000002v*"}},
      {.modules = {"fat", "vfat"}, .patterns = {}}};
  EXPECT_EQ(parse_drivers("virtio virtio_blk virtio:d00000002v*\n\nfat vfat\nusb:v*\n"), expected);
  EXPECT_TRUE(parse_drivers("").empty());
}

TEST(Drivers, AreReadFromEveryTruncationOfAList) {
  const std::string text = "virtio virtio_blk virtio:d00000002v*\nfat vfat\n";
  for (std::size_t length = 0; length < text.size(); length++)
    EXPECT_LE(parse_drivers(text.substr(0, length)).size(), 2U) << length;
}

// Patterns of Debian's modules, devices of real machines.
TEST(Drivers, AreWantedByTheDevicesThatFitOneOfTheirPatterns) {
  struct Row {
    std::string pattern;
    std::string device;
    bool is_wanted;
  };
  const std::string ahci = "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01";
  const std::vector<Row> rows = {
      {"pci:v*d*sv*sd*bc01sc06i01*", ahci, true},
      {"pci:v*d*sv*sd*bc01sc08i02*", ahci, false},
      {"pci:v00008086d00002922sv*sd*bc*sc*i*", ahci, true},
      {"pci:v00008086d00002923sv*sd*bc*sc*i*", ahci, false},
      {"scsi:t-0x00*", "scsi:t-0x00", true},
      {"scsi:t-0x00*", "scsi:t-0x05", false},
      {"mmc:block", "mmc:block", true},
      {"mmc:block", "mmc:blocks", false},
      {"mmc:block", "mmc:bloc", false},
      {"acpi*:PNP0D40:*", "acpi:PNP0D40:", true},
      {"usb:v0644p0000d0[0-1]*dc*", "usb:v0644p0000d0100dc00", true},
      {"usb:v0644p0000d0[0-1]*dc*", "usb:v0644p0000d0200dc00", false},
      {"mdio:00000000000111001100??????????", "mdio:000000000001110011001010101010", true},
      {"mdio:00000000000111001100??????????", "mdio:00000000000111001100101010101", false},
      {"pci:v*", "", false}};
  for (const auto& [pattern, device, is_expected] : rows) {
    const Driver driver = {.modules = {"other", "driver"}, .patterns = {"of:none", pattern}};
    EXPECT_EQ(is_wanted(driver, {"cpu:type:x86", device}), is_expected) << pattern << " " << device;
    EXPECT_FALSE(is_wanted(driver, {})) << pattern;
  }
}

TEST(Devices, SayWhatTheyAreInOneLineOfTheirUevent) {
  EXPECT_EQ(modalias_of("MMC_TYPE=SD\nMMC_NAME=QEMU!\nMODALIAS=mmc:block\n"), "mmc:block");
  EXPECT_EQ(modalias_of("MODALIAS=scsi:t-0x00"), "scsi:t-0x00");
  for (const std::string text : {"", "\n", "DRIVER=ahci\n", "OLD_MODALIAS=x\n", "MODALIAS=\n"})
    EXPECT_EQ(modalias_of(text), "") << text;
}

TEST(Drivers, AreWantedAlwaysWhenTheyNameNoDevices) {
  EXPECT_TRUE(is_wanted({.modules = {"vfat"}, .patterns = {}}, {}));
}

constexpr std::uint64_t kMiB = 1ULL << 20;
/// A Node part as it is built.
constexpr std::uint64_t kNodePart = 33 * kMiB;

TEST(Memory, IsEnoughWhenTheFileAndNodeHaveRoom) {
  EXPECT_EQ(shortage_for(kNodePart, {.available = 120 * kMiB, .root_free = 90 * kMiB}),
            std::nullopt);
  EXPECT_EQ(shortage_for(kNodePart, {.available = 81 * kMiB, .root_free = 33 * kMiB}),
            std::nullopt);
  // The kernel does not say; a root file system without a limit.
  EXPECT_EQ(shortage_for(kNodePart, {.available = 0, .root_free = 90 * kMiB}), std::nullopt);
  EXPECT_EQ(shortage_for(kNodePart, {.available = 120 * kMiB, .root_free = ~0ULL}), std::nullopt);
}

TEST(Memory, IsShortWhenEitherOfTheTwoIs) {
  const auto memory = shortage_for(kNodePart, {.available = 80 * kMiB, .root_free = 90 * kMiB});
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->needed, 81 * kMiB);
  EXPECT_EQ(memory->free, 80 * kMiB);
  const auto root = shortage_for(kNodePart, {.available = 120 * kMiB, .root_free = 30 * kMiB});
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->needed, 81 * kMiB);
  EXPECT_EQ(root->free, 78 * kMiB);
  EXPECT_TRUE(shortage_for(kNodePart, {.available = 0, .root_free = 0}).has_value());
}

// As tmpfs shows it when the kernel stops at "write error" while it unpacks an initrd.
TEST(Memory, WasShortWhenAFileHasAHoleAndTheRootIsFull) {
  const auto shortage = shortage_of({.size = kNodePart, .stored = 20 * kMiB},
                                    {.available = 40 * kMiB, .root_free = 0});
  ASSERT_TRUE(shortage.has_value());
  EXPECT_EQ(shortage->needed, 81 * kMiB);
  EXPECT_EQ(shortage->free, 20 * kMiB);
}

TEST(Memory, WasNotShortForAFileThatIsDamagedOrWasCutOff) {
  const Room full = {.available = 40 * kMiB, .root_free = 0};
  EXPECT_EQ(shortage_of({.size = kNodePart, .stored = kNodePart}, full), std::nullopt);
  // Its last page.
  EXPECT_EQ(shortage_of({.size = kNodePart - 1, .stored = kNodePart}, full), std::nullopt);
  EXPECT_EQ(shortage_of({.size = 0, .stored = 0}, full), std::nullopt);
  const Room roomy = {.available = 40 * kMiB, .root_free = 20 * kMiB};
  EXPECT_EQ(shortage_of({.size = kNodePart, .stored = 20 * kMiB}, roomy), std::nullopt);
}

TEST(Memory, IsWhatTheKernelSays) {
  const std::string text =
      "MemTotal:  160000 kB\nMemFree:  5 kB\nMemAvailable:   90000 kB\nBuffers: 7";
  EXPECT_EQ(available_in(text), 90000U << 10U);
  for (std::size_t length = 0; length < text.find("MemAvailable:") + 13; length++)
    EXPECT_EQ(available_in(text.substr(0, length)), 0U) << length;
  EXPECT_EQ(available_in("MemAvailable: many"), 0U);
  EXPECT_GT(read_room(text).root_free, 0U);
}

TEST(Steps, AreLinesOfStageVerbAndWords) {
  const std::vector<Step> expected = {
      {.stage = "disk", .verb = "load", .words = {"storage"}},
      {.stage = "node", .verb = "start", .words = {"/n/bin/node", "main.js", "merlin"}}};
  EXPECT_EQ(
      parse_steps("disk load storage\n\n# a note on it\n  node\tstart /n/bin/node main.js merlin"),
      expected);
  EXPECT_TRUE(parse_steps("alone\n").empty());
}

TEST(CommandLine, GivesTheLastValueOfAName) {
  EXPECT_EQ(option_of("quiet nacre.why=job nacre.whys=x nacre.why=menu\n", "nacre.why"), "menu");
  EXPECT_EQ(option_of("quiet nacre.why", "nacre.why"), "");
}

}  // namespace
}  // namespace nacre::init
