#include "devices.h"

#include <dirent.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "drivers.h"
#include "files.h"

namespace nacre::init {
namespace {

constexpr const char* kBuses = "/sys/bus/";
/// Keyboards and mice are on no bus of their own.
constexpr const char* kInputs = "/sys/class/input/";
constexpr std::size_t kMostNames = 1024;
/// A file of sysfs is a page at most.
constexpr std::size_t kMostUeventBytes = 4096;

void add_from(const std::string& folder, std::vector<std::string>& devices) {
  for (const std::string& name : names_in(folder)) {
    std::string modalias = modalias_of(read_start(folder + name + "/uevent", kMostUeventBytes));
    if (!modalias.empty()) devices.push_back(std::move(modalias));
  }
}

}  // namespace

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(folder.c_str()), closedir);
  if (!open) return names;
  while (const dirent* entry = readdir(open.get())) {
    if (entry->d_name[0] != '.' && names.size() < kMostNames) names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> find_devices() {
  std::vector<std::string> devices;
  for (const std::string& bus : names_in(kBuses)) add_from(kBuses + bus + "/devices/", devices);
  add_from(kInputs, devices);
  std::ranges::sort(devices);
  // Not of std::ranges: the library of this compiler and clang-tidy 14 do not understand each other
  // there.
  devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
  return devices;
}

}  // namespace nacre::init
