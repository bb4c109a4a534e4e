#include "core/linux/device_facts.h"

#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace nacre {
namespace {

namespace fs = std::filesystem;

// Names go to terminals and into JSON: anything but printable ASCII becomes a space.
std::string printable(std::string text) {
  for (char& letter : text) {
    if (letter < ' ' || letter > '~') letter = ' ';
  }
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string first_of(const BlockNode& disk, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::string text = printable(disk.attribute(name));
    if (!text.empty()) return text;
  }
  return "";
}

// SCSI vital product data, page 80h (SPC-4 section 7.8.10): 4 bytes of header, then the serial
// number.
std::string scsi_serial(const BlockNode& disk) {
  std::ifstream file(disk.folder() / "device" / "vpd_pg80", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  if (page.size() <= 4 || page[1] != '\x80') return "";
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(page[2]) * 256U +
                                               static_cast<unsigned char>(page[3]));
  return printable(page.substr(4, length));
}

// A USB stick's serial number belongs to the USB device some folders above.
std::string usb_serial(const BlockNode& disk) {
  for (fs::path at = disk.folder(); at.has_relative_path(); at = at.parent_path()) {
    std::error_code error;
    if (fs::exists(at / "idVendor", error)) return printable(read_line(at / "serial"));
  }
  return "";
}

// udev has asked the disks whose serial number the kernel does not show.
std::string udev_value(const SystemRoots& roots, const BlockNode& disk, const std::string& key) {
  std::ifstream file(fs::path(roots.udev) / ("b" + disk.number()));
  const std::string prefix = "E:" + key + "=";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(prefix)) return printable(line.substr(prefix.size()));
  }
  return "";
}

std::string transport_of(const BlockNode& disk) {
  using Rule = std::pair<const char*, const char*>;
  static constexpr std::array<Rule, 8> rules = {
      Rule{"/usb", "usb"}, {"/nvme", "nvme"},     {"/mmc_host", "mmc"},   {"/virtio", "virtio"},
      {"/ata", "sata"},    {"/session", "iscsi"}, {"/end_device", "sas"}, {"/host", "scsi"}};
  const std::string path = disk.folder().string();
  for (const auto& [part, name] : rules) {
    if (path.find(part) != std::string::npos) return name;
  }
  return "";
}

}  // namespace

void read_hardware_facts(const SystemRoots& roots, const BlockNode& disk, DeviceInfo& info) {
  info.model = first_of(disk, {"device/model", "device/name"});
  info.wwn = first_of(disk, {"wwid", "device/wwid", "device/cid"});
  info.serial = first_of(disk, {"serial", "device/serial"});
  if (info.serial.empty()) info.serial = scsi_serial(disk);
  if (info.serial.empty()) info.serial = usb_serial(disk);
  if (info.serial.empty()) info.serial = udev_value(roots, disk, "ID_SERIAL_SHORT");
  if (info.wwn.empty()) info.wwn = udev_value(roots, disk, "ID_WWN");
  info.transport = transport_of(disk);
}

}  // namespace nacre
