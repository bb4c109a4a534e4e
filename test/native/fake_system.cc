#include "fake_system.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace nacre {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

FakeSystem::FakeSystem() {
  std::string name = testing::TempDir() + "nacre-system-XXXXXX";
  folder_ = ::mkdtemp(name.data());
  roots_ = {.proc = folder_ / "proc", .sys = folder_ / "sys", .udev = folder_ / "udev"};
  fs::create_directories(folder_ / "sys/block");
  fs::create_directories(folder_ / "sys/dev/block");
}

FakeSystem::~FakeSystem() { fs::remove_all(folder_); }

void FakeSystem::sys(const std::string& path, const std::string& text) const {
  write_file(folder_ / "sys" / path, text + "\n");
}

void FakeSystem::proc(const std::string& path, const std::string& text) const {
  write_file(folder_ / "proc" / path, text);
}

void FakeSystem::udev(const std::string& number, const std::string& text) const {
  write_file(folder_ / "udev" / ("b" + number), text);
}

void FakeSystem::link(const std::string& sys_path, const std::string& sys_target) const {
  const fs::path at = folder_ / "sys" / sys_path;
  fs::create_directories(at.parent_path());
  fs::create_directory_symlink(folder_ / "sys" / sys_target, at);
}

void FakeSystem::add_disk(const std::string& name, const std::string& number, std::uint64_t sectors,
                          const std::string& device) const {
  const std::string folder = "devices/" + device + "/" + name;
  sys(folder + "/dev", number);
  sys(folder + "/size", std::to_string(sectors));
  link("block/" + name, folder);
  link("dev/block/" + number, folder);
}

void FakeSystem::add_partition(const std::string& disk, const std::string& name,
                               const std::string& number, unsigned partition, std::uint64_t start,
                               std::uint64_t sectors, const std::string& device) const {
  const std::string folder = "devices/" + device + "/" + disk + "/" + name;
  sys(folder + "/dev", number);
  sys(folder + "/partition", std::to_string(partition));
  sys(folder + "/start", std::to_string(start));
  sys(folder + "/size", std::to_string(sectors));
  link("dev/block/" + number, folder);
}

void FakeSystem::add_holder(const std::string& device, const std::string& holder) const {
  link("block/" + device + "/holders/" + holder, "block/" + holder);
}

}  // namespace nacre
