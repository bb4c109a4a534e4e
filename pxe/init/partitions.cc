#include "partitions.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <vector>

#include "devices.h"
#include "fat_label.h"
#include "files.h"
#include "screen.h"

namespace nacre::init {
namespace {

/// Labels of src/disk/boot-places.ts.
constexpr std::string_view kBootAgentLabel = "NACRE-BA";
constexpr std::string_view kBackupLabel = "NACRE-BK";
constexpr std::string_view kClass = "/sys/class/block/";
constexpr std::size_t kSectorBytes = 512;
constexpr int kPauseMs = 100;

struct Volume {
  std::string device;
  /// Folder of the disk in /sys: partitions of one disk have the same.
  std::string disk;
  FatLabel fat;
};

/// The folder of the device's disk; a partition lies in that of its disk.
std::string disk_of(const std::string& name) {
  const std::string link = std::string(kClass) + name;
  const std::unique_ptr<char, void (*)(void*)> real(realpath(link.c_str(), nullptr), std::free);
  if (!real) return {};
  const std::string path = real.get();
  return is_there(path + "/partition") ? path.substr(0, path.rfind('/')) : path;
}

bool has_medium(const std::string& name) {
  const std::string size = read_start(std::string(kClass) + name + "/size", 32);
  return !size.empty() && size != "0\n";
}

std::vector<Volume> fat_volumes() {
  std::vector<Volume> volumes;
  for (const std::string& name : names_in(std::string(kClass))) {
    if (!has_medium(name)) continue;
    const std::string device = "/dev/" + name;
    const auto fat = parse_fat_label(read_start(device, kSectorBytes));
    if (fat) volumes.push_back({.device = device, .disk = disk_of(name), .fat = *fat});
  }
  return volumes;
}

/// The only volume that fits; nothing of several, because one of them belongs to another disk.
template <class Fits>
const Volume* only(const std::vector<Volume>& volumes, Fits fits) {
  const auto found = std::ranges::find_if(volumes, fits);
  if (found == volumes.end()) return nullptr;
  return std::find_if(found + 1, volumes.end(), fits) == volumes.end() ? &*found : nullptr;
}

}  // namespace

Places find_places(const std::string& serial) {
  const std::vector<Volume> volumes = fat_volumes();
  const Volume* agent = only(volumes, [&serial](const Volume& volume) {
    return volume.fat.label == kBootAgentLabel && (serial.empty() || volume.fat.serial == serial);
  });
  const Volume* backup = only(volumes, [agent](const Volume& volume) {
    return volume.fat.label == kBackupLabel && (agent == nullptr || volume.disk == agent->disk);
  });
  Places places;
  if (agent != nullptr) places.boot_agent = agent->device;
  if (backup != nullptr) places.backup = backup->device;
  return places;
}

Places wait_for_places(const std::string& serial, int most_seconds, Modules& modules) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  bool has_all_drivers = false;
  while (true) {
    Places places = find_places(serial);
    const auto waited = Clock::now() - start;
    const bool has_both = !places.boot_agent.empty() && !places.backup.empty();
    if (has_both || waited >= std::chrono::seconds(most_seconds)) return places;
    if (!has_all_drivers && 2 * waited >= std::chrono::seconds(most_seconds)) {
      say("no disk of this device yet: loading all drivers of disks");
      modules.load_all();
      has_all_drivers = true;
    }
    modules.wait_for_devices(kPauseMs);
  }
}

}  // namespace nacre::init
