#include "core/device_info.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "fake_system.h"

namespace nacre {
namespace {

using Uses = std::vector<std::string>;

// "kind device where", in rising order.
Uses uses_of(const DeviceInfo& info) {
  constexpr std::array<const char*, 4> kinds = {"mounted", "swap", "held", "system"};
  Uses texts;
  for (const DeviceUse& use : info.uses) {
    texts.push_back(std::string(kinds.at(static_cast<std::size_t>(use.kind))) + " " + use.device +
                    " " + use.where + (use.is_read_only ? " ro" : ""));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::string mount(const std::string& number, const std::string& point, const std::string& type,
                  const std::string& source, const std::string& options = "rw") {
  return "30 1 " + number + " / " + point + " rw,relatime shared:1 - " + type + " " + source + " " +
         options + "\n";
}

TEST(DeviceInfo, TellsTheFactsOfASataDisk) {
  const FakeSystem system;
  const std::string device = "pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block";
  system.add_disk("sdx", "8:240", 1'000'000, device);
  system.add_partition("sdx", "sdx2", "8:242", 2, 4096, 8192, device);
  system.add_partition("sdx", "sdx1", "8:241", 1, 2048, 2048, device);
  const std::string folder = "devices/" + device + "/sdx/";
  system.sys(folder + "queue/logical_block_size", "512");
  system.sys(folder + "queue/physical_block_size", "4096");
  system.sys(folder + "queue/optimal_io_size", "65536");
  system.sys(folder + "queue/rotational", "0");
  system.sys(folder + "device/model", "  Example SSD 500  ");
  system.sys(folder + "device/wwid", "naa.5000c500a0b1c2d3");
  system.sys(folder + "device/vpd_pg80", std::string("\0\x80\0\x04S123", 8));
  system.sys(folder + "removable", "1");
  const DeviceInfo info = inspect_number("8:240", system.roots());
  EXPECT_EQ(info.path, "/dev/sdx");
  EXPECT_EQ(info.kind, DeviceKind::disk);
  EXPECT_EQ(info.size, 512'000'000U);
  EXPECT_EQ(info.logical_sector_size, 512U);
  EXPECT_EQ(info.physical_sector_size, 4096U);
  EXPECT_EQ(info.optimal_io_size, 65536U);
  EXPECT_EQ(info.model, "Example SSD 500");
  EXPECT_EQ(info.serial, "S123");
  EXPECT_EQ(info.identity, "wwn:naa.5000c500a0b1c2d3");
  EXPECT_EQ(info.transport, "sata");
  EXPECT_EQ(info.is_rotational, std::optional(false));
  EXPECT_TRUE(info.is_removable);
  EXPECT_FALSE(info.is_read_only);
  ASSERT_EQ(info.partitions.size(), 2U);
  EXPECT_EQ(info.partitions[0].path, "/dev/sdx1");
  EXPECT_EQ(info.partitions[1].offset, 4096U * 512);
  EXPECT_EQ(info.partitions[1].size, 8192U * 512);
  EXPECT_TRUE(info.uses.empty());
}

TEST(DeviceInfo, TellsThePartitionOfADisk) {
  const FakeSystem system;
  system.add_disk("nvme9n1", "259:90", 10'000, "pci0000:00/nvme/nvme9");
  system.add_partition("nvme9n1", "nvme9n1p3", "259:93", 3, 2048, 100, "pci0000:00/nvme/nvme9");
  system.sys("devices/pci0000:00/nvme/nvme9/nvme9n1/wwid", "eui.0025385b71b00000");
  system.sys("devices/pci0000:00/nvme/nvme9/nvme9n1/ro", "1");
  const DeviceInfo info = inspect_number("259:93", system.roots());
  EXPECT_EQ(info.kind, DeviceKind::partition);
  EXPECT_EQ(info.disk_path, "/dev/nvme9n1");
  EXPECT_EQ(info.partition_number, 3U);
  EXPECT_EQ(info.size, 51'200U);
  EXPECT_EQ(info.identity, "wwn:eui.0025385b71b00000#3");
  EXPECT_EQ(info.transport, "nvme");
  EXPECT_TRUE(info.is_read_only);
}

TEST(DeviceInfo, FindsTheSerialNumberOfAUsbStick) {
  const FakeSystem system;
  const std::string usb = "pci0000:00/usb1/1-2";
  system.add_disk("sdx", "8:240", 100, usb + "/1-2:1.0/host6/block");
  system.sys("devices/" + usb + "/idVendor", "abcd");
  system.sys("devices/" + usb + "/serial", "0401\x01stick");
  const DeviceInfo info = inspect_number("8:240", system.roots());
  EXPECT_EQ(info.serial, "0401 stick");
  EXPECT_EQ(info.identity, "serial:0401 stick");
  EXPECT_EQ(info.transport, "usb");
}

TEST(DeviceInfo, AsksUdevForWhatTheKernelDoesNotTell) {
  const FakeSystem system;
  system.add_disk("sdx", "8:240", 100);
  system.udev("8:240", "S:disk\nE:ID_SERIAL_SHORT=WX12\nE:ID_WWN=0x50014ee2\n");
  const DeviceInfo info = inspect_number("8:240", system.roots());
  EXPECT_EQ(info.serial, "WX12");
  EXPECT_EQ(info.wwn, "0x50014ee2");
}

TEST(DeviceInfo, NamesNonsenseOfTheKernelAsUnknown) {
  const FakeSystem system;
  system.add_disk("cciss!c0d0", "104:0", 100);
  system.sys("block/cciss!c0d0/queue/logical_block_size", "many");
  const DeviceInfo info = inspect_number("104:0", system.roots());
  EXPECT_EQ(info.path, "/dev/cciss/c0d0");
  EXPECT_EQ(info.logical_sector_size, 512U);
  EXPECT_EQ(info.is_rotational, std::nullopt);
  system.sys("block/cciss!c0d0/size", "18446744073709551615");
  EXPECT_THROW(static_cast<void>(inspect_number("104:0", system.roots())), OsError);
}

TEST(DeviceInfo, RefusesANumberWithoutDevice) {
  const FakeSystem system;
  EXPECT_THROW(static_cast<void>(inspect_number("8:240", system.roots())), OsError);
}

TEST(DeviceInfo, ListsDisksWithoutEmptyAndMemoryOnes) {
  const FakeSystem system;
  system.add_disk("sdy", "8:241", 10);
  system.add_disk("sdx", "8:240", 10);
  system.add_disk("sdz", "8:242", 0);
  system.add_disk("ram0", "1:0", 10);
  system.add_disk("zram0", "253:0", 10);
  std::vector<std::string> paths;
  for (const DeviceInfo& info : list_devices(system.roots())) paths.push_back(info.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"/dev/sdx", "/dev/sdy"}));
}

class Used : public testing::Test {
 protected:
  Used() {
    system_.add_disk("sdx", "8:240", 100'000);
    system_.add_partition("sdx", "sdx1", "8:241", 1, 2048, 2048);
    system_.add_partition("sdx", "sdx2", "8:242", 2, 4096, 2048);
  }
  void mounts(const std::string& text) { system_.proc("self/mountinfo", text); }
  [[nodiscard]] Uses uses(const std::string& number = "8:240") const {
    return uses_of(inspect_number(number, system_.roots()));
  }

  FakeSystem system_;
};

TEST_F(Used, ByAMountOfAPartition) {
  mounts(mount("8:241", "/media/a\\040b", "ext4", "/dev/sdx1"));
  EXPECT_EQ(uses(), Uses{"mounted /dev/sdx1 /media/a b"});
  EXPECT_EQ(uses("8:241"), Uses{"mounted /dev/sdx1 /media/a b"});
  EXPECT_TRUE(uses("8:242").empty());
}

TEST_F(Used, ByAReadOnlyMount) {
  mounts(mount("8:241", "/mnt", "ext4", "/dev/sdx1", "ro,discard"));
  EXPECT_EQ(uses(), Uses{"mounted /dev/sdx1 /mnt ro"});
}

TEST_F(Used, ByAMountOfTheWholeDiskThatEachPartitionFeels) {
  mounts(mount("8:240", "/mnt", "ext4", "/dev/sdx"));
  EXPECT_EQ(uses("8:242"), Uses{"mounted /dev/sdx /mnt"});
}

TEST_F(Used, ByAMountThatOnlyTheFirstProcessSees) {
  system_.proc("1/mountinfo", mount("8:242", "/mnt", "ext4", "/dev/sdx2"));
  EXPECT_EQ(uses(), Uses{"mounted /dev/sdx2 /mnt"});
}

TEST_F(Used, ByTheRunningSystem) {
  mounts(mount("8:241", "/", "ext4", "/dev/sdx1"));
  EXPECT_EQ(uses(), Uses{"system /dev/sdx1 /"});
}

TEST_F(Used, ByALiveSystemBelowAnOverlay) {
  system_.add_disk("loop9", "7:9", 100);
  system_.sys("devices/virtual/block/loop9/loop/backing_file", "/run/medium/live/root.squashfs");
  mounts(mount("0:30", "/", "overlay", "overlay",
               "rw,lowerdir=/run/root:/run/other,upperdir=/run/cow/up,workdir=/run/cow/work") +
         mount("7:9", "/run/root", "squashfs", "/dev/loop9", "ro") +
         mount("0:31", "/run/cow", "tmpfs", "tmpfs") +
         mount("8:241", "/run/medium", "vfat", "/dev/sdx1", "ro"));
  EXPECT_EQ(uses(), Uses{"system /dev/sdx1 /run/medium ro"});
}

TEST_F(Used, NotByARootInMemory) {
  mounts(mount("0:1", "/", "rootfs", "rootfs"));
  EXPECT_TRUE(uses().empty());
}

TEST_F(Used, BySwap) {
  system_.proc(
      "swaps",
      "Filename Type Size Used Priority\n/dev/sdx2 partition 1023 0 -2\n\n/gone file 1 0 -3\n");
  EXPECT_EQ(uses(), Uses{"swap /dev/sdx2 "});
}

TEST_F(Used, ByAStackOfRaidAndLogicalVolumes) {
  system_.add_disk("md7", "9:7", 1000);
  system_.sys("devices/virtual/block/md7/md/level", "raid1");
  system_.add_disk("dm-3", "252:3", 1000);
  system_.sys("devices/virtual/block/dm-3/dm/name", "vg-root");
  system_.add_holder("sdx/sdx2", "md7");
  system_.add_holder("md7", "dm-3");
  mounts(mount("252:3", "/srv", "xfs", "/dev/mapper/vg-root"));
  EXPECT_EQ(uses(), (Uses{"held /dev/md7 /dev/mapper/vg-root", "held /dev/sdx2 /dev/md7",
                          "mounted /dev/mapper/vg-root /srv"}));
  EXPECT_EQ(inspect_number("9:7", system_.roots()).kind, DeviceKind::raid);
  EXPECT_EQ(inspect_number("252:3", system_.roots()).kind, DeviceKind::device_mapper);
}

TEST_F(Used, ByHoldersThatHoldOneAnother) {
  system_.add_disk("dm-3", "252:3", 1000);
  system_.add_holder("sdx", "dm-3");
  system_.add_holder("dm-3", "sdx");
  system_.add_holder("sdx", "gone");
  EXPECT_EQ(uses(),
            (Uses{"held /dev/dm-3 /dev/sdx", "held /dev/sdx /dev/dm-3", "held /dev/sdx gone"}));
}

TEST_F(Used, ByBtrfsThatNamesAnotherOfItsDevices) {
  system_.sys("fs/btrfs/0123-4567/devices/sdx2/size", "1");
  mounts(mount("0:45", "/data", "btrfs", "/dev/sdx1"));
  EXPECT_EQ(uses(), (Uses{"held /dev/sdx2 btrfs 0123-4567", "mounted /dev/sdx1 /data"}));
}

TEST_F(Used, ByBcache) {
  system_.add_disk("bcache0", "251:0", 1000);
  system_.sys("devices/virtual/block/sdx/sdx1/bcache/state", "clean");
  system_.link("devices/virtual/block/sdx/sdx1/bcache/dev", "block/bcache0");
  system_.sys("devices/virtual/block/sdx/sdx2/bcache/state", "cache");
  mounts(mount("251:0", "/fast", "ext4", "/dev/bcache0"));
  EXPECT_EQ(uses(), (Uses{"held /dev/sdx1 /dev/bcache0", "held /dev/sdx2 bcache",
                          "mounted /dev/bcache0 /fast"}));
}

TEST_F(Used, ByALoopDeviceOverItThatIsMounted) {
  system_.add_disk("loop9", "7:9", 100);
  system_.sys("devices/virtual/block/loop9/loop/backing_file", "/dev/sdx2");
  EXPECT_TRUE(uses().empty()) << "a loop device that nobody uses is no reason";
  mounts(mount("7:9", "/mnt", "ext4", "/dev/loop9"));
  EXPECT_EQ(uses(), Uses{"mounted /dev/loop9 /mnt"});
}

class UsedFile : public testing::Test {
 protected:
  UsedFile() : file_(system_.folder() / "disk.img") { std::ofstream(file_) << "image"; }
  [[nodiscard]] Uses uses() const { return uses_of(inspect(file_, system_.roots())); }

  FakeSystem system_;
  std::string file_;
};

TEST_F(UsedFile, ByAPartitionOfALoopDevice) {
  system_.add_disk("loop9", "7:9", 100);
  system_.sys("devices/virtual/block/loop9/loop/backing_file", file_);
  system_.add_partition("loop9", "loop9p1", "259:1", 1, 10, 10);
  EXPECT_TRUE(uses().empty());
  system_.proc("self/mountinfo", mount("259:1", "/mnt", "ext4", "/dev/loop9p1"));
  EXPECT_EQ(uses(), Uses{"mounted /dev/loop9p1 /mnt"});
}

TEST_F(UsedFile, BySwapUnderAnotherName) {
  const std::string other = file_ + ".hard";
  ASSERT_EQ(::link(file_.c_str(), other.c_str()), 0);
  system_.proc("swaps", "Filename\n" + other + " file 1 0 -2\n");
  EXPECT_EQ(uses(), Uses{"swap " + file_ + " "});
}

TEST_F(UsedFile, ByAMountThatNamesIt) {
  system_.proc("self/mountinfo", mount("0:50", "/mnt", "erofs", file_));
  EXPECT_EQ(uses(), Uses{"mounted " + file_ + " /mnt"});
}

TEST(Mountinfo, IsReadPastLinesOfAnotherForm) {
  const FakeSystem system;
  system.add_disk("sdx", "8:240", 100);
  system.proc("self/mountinfo", "\n1 2 3\n30 1 8:240 / /mnt rw shared:1\n30 1 8:240 / /a rw - x\n" +
                                    mount("8:240", "/b\\04", "ext4", "/dev/sdx"));
  EXPECT_EQ(uses_of(inspect_number("8:240", system.roots())), Uses{"mounted /dev/sdx /b\\04"});
}

TEST(Inspect, RefusesWhatIsNoDisk) {
  const FakeSystem system;
  EXPECT_THROW(static_cast<void>(inspect("/nonexistent", system.roots())), OsError);
  EXPECT_THROW(static_cast<void>(inspect("/dev/null", system.roots())), CodedError);
  EXPECT_THROW(static_cast<void>(inspect(system.folder(), system.roots())), CodedError);
}

TEST(ChangeMarker, OfAFileTellsWritesAndReplacement) {
  const FakeSystem system;
  const std::string file = system.folder() / "disk.img";
  std::ofstream(file) << "one";
  const std::string before = change_marker(file);
  EXPECT_EQ(change_marker(file), before);
  std::ofstream(file, std::ios::app) << "more";
  EXPECT_NE(change_marker(file), before);
  EXPECT_THROW(static_cast<void>(change_marker(file + ".gone")), OsError);
}

}  // namespace
}  // namespace nacre
