#include "device_mapper.h"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/file_descriptor.h"

namespace nacre::write_cache {
namespace {

constexpr const char* kControl = "/dev/mapper/control";
constexpr std::size_t kRequestBytes = 4096;

/// One request to the device mapper: its head, and behind it the rows of a table.
class Request {
 public:
  explicit Request(const std::string& name) {
    head().version[0] = DM_VERSION_MAJOR;
    head().data_size = kRequestBytes;
    head().data_start = sizeof(dm_ioctl);
    std::strncpy(static_cast<char*>(head().name), name.c_str(), DM_NAME_LEN - 1);
  }

  dm_ioctl& head() { return *reinterpret_cast<dm_ioctl*>(bytes_.data()); }

  void add_target(std::uint64_t sectors, const std::string& target, const std::string& parameters) {
    auto& row = *reinterpret_cast<dm_target_spec*>(bytes_.data() + sizeof(dm_ioctl));
    char* text = bytes_.data() + sizeof(dm_ioctl) + sizeof(dm_target_spec);
    const std::size_t room = kRequestBytes - sizeof(dm_ioctl) - sizeof(dm_target_spec) - 1;
    row.length = sectors;
    std::strncpy(static_cast<char*>(row.target_type), target.c_str(), DM_MAX_TYPE_NAME - 1);
    std::copy_n(parameters.c_str(), std::min(parameters.size(), room), text);
    head().target_count = 1;
  }

  int send(int control, unsigned long command) { return ioctl(control, command, bytes_.data()); }

 private:
  alignas(8) std::array<char, kRequestBytes> bytes_{};
};

void require(int result, const char* command) {
  if (result != 0) throw OsError(errno, command, kControl);
}

}  // namespace

std::string make_mapped(const std::string& name, std::uint64_t sectors, const std::string& target,
                        const std::string& parameters) {
  const FileDescriptor control = open_file(kControl, O_RDWR);
  Request create(name);
  require(create.send(control.get(), DM_DEV_CREATE), "DM_DEV_CREATE");
  const dev_t number = create.head().dev;
  try {
    Request load(name);
    load.add_target(sectors, target, parameters);
    require(load.send(control.get(), DM_TABLE_LOAD), "DM_TABLE_LOAD");
    // Without the flag for suspending it means: go.
    Request resume(name);
    require(resume.send(control.get(), DM_DEV_SUSPEND), "DM_DEV_RESUME");
  } catch (const OsError&) {
    remove_mapped(name);
    throw;
  }
  return "/dev/dm-" + std::to_string(minor(number));
}

void remove_mapped(const std::string& name) noexcept {
  try {
    const FileDescriptor control = open_file(kControl, O_RDWR);
    Request remove(name);
    remove.send(control.get(), DM_DEV_REMOVE);
  } catch (const OsError&) {
    // No device mapper: nothing is mapped.
  }
}

}  // namespace nacre::write_cache
