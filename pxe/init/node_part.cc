#include "node_part.h"

#include <blake3.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "core/file_descriptor.h"
#include "core/hex.h"
#include "files.h"
#include "memory.h"
#include "problem.h"
#include "screen.h"

namespace nacre::init {
namespace {

constexpr const char* kImage = "/node.img";
constexpr const char* kFolder = "/backup";
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kAlignment = 4096;
/// A Node part has 35 MB; what is much larger is none.
constexpr off_t kMostBytes = off_t{256} << 20;
/// Unit of st_blocks, stat(2).
constexpr std::uint64_t kStatBlockBytes = 512;
constexpr std::size_t kMeminfoBytes = 4096;

Room room() { return read_room(read_start("/proc/meminfo", kMeminfoBytes)); }

/// @throws LackOfMemory when there is a shortage
void refuse(const std::optional<Shortage>& shortage) {
  if (shortage) throw LackOfMemory(shortage->needed, shortage->free);
}

/// True for what the kernel says when memory, or the file system in it, is full.
bool is_full(int error_number) { return error_number == ENOSPC || error_number == ENOMEM; }

bool write_all(int file, const unsigned char* bytes, std::size_t length) {
  while (length > 0) {
    const ssize_t count = write(file, bytes, length);
    if (count <= 0) return false;
    bytes += count;
    length -= static_cast<std::size_t>(count);
  }
  return true;
}

/// Opens a file that is read once: past the kernel's cache where its file system can do that, which
/// saves a copy, and the memory of it.
FileDescriptor open_once(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT));
  if (file.is_open() || errno != EINVAL) return file;
  return FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// A Node part that is open.
struct Source {
  FileDescriptor file;
  std::uint64_t size = 0;
  /// What the file system holds of it: less where the kernel ran out of room.
  std::uint64_t stored = 0;
};

/// Opens a Node part; `fault` says why not.
Source open_source(FileDescriptor file, std::string& fault) {
  struct stat facts {};
  if (!file.is_open() || fstat(file.get(), &facts) != 0)
    fault = reason_of(errno);
  else if (facts.st_size > kMostBytes)
    fault = "it is too large: " + std::to_string(facts.st_size);
  return {.file = std::move(file),
          .size = static_cast<std::uint64_t>(facts.st_size),
          .stored = static_cast<std::uint64_t>(facts.st_blocks) * kStatBlockBytes};
}

/// Empty when the digest is the one beside the file, else the fault.
std::string compare(const blake3_hasher& digest, const std::string& path) {
  const std::string expected = read_start(path + ".blake3", kDigestDigits);
  std::array<std::uint8_t, BLAKE3_OUT_LEN> bytes{};
  blake3_hasher_finalize(&digest, bytes.data(), bytes.size());
  const std::string found = hex(std::as_bytes(std::span(bytes)));
  return found == expected ? "" : "BLAKE3 is " + found + ", expected \"" + expected + "\"";
}

/// Checks the file that the kernel unpacked into memory, where it is: to read it would copy it.
/// Empty when it is right.
/// @throws LackOfMemory for a file that the kernel could not unpack whole
std::string check_unpacked() {
  std::string fault;
  const Source source = open_source(FileDescriptor(open(kImage, O_RDONLY | O_CLOEXEC)), fault);
  if (!fault.empty()) return fault;
  // A hole is not looked at: where memory is full the kernel would end this program for it.
  refuse(shortage_of({.size = source.size, .stored = source.stored}, room()));
  if (source.stored < source.size)
    return std::to_string(source.stored) + " of " + std::to_string(source.size) +
           " bytes were unpacked";
  blake3_hasher digest;
  blake3_hasher_init(&digest);
  if (source.size > 0) {
    void* bytes =
        mmap(nullptr, source.size, PROT_READ, MAP_SHARED | MAP_POPULATE, source.file.get(), 0);
    if (bytes == MAP_FAILED) return reason_of(errno);
    blake3_hasher_update(&digest, bytes, source.size);
    munmap(bytes, source.size);
  }
  return compare(digest, kImage);
}

/// Copies a file to kImage and checks what was read on the way: a later read may differ. Empty when
/// it is right.
/// @throws LackOfMemory
std::string copy_checked(const std::string& path) {
  std::string fault;
  const Source source = open_source(open_once(path), fault);
  if (!fault.empty()) return fault;
  refuse(shortage_for(source.size, room()));
  const FileDescriptor copy(open(kImage, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0400));
  blake3_hasher digest;
  blake3_hasher_init(&digest);
  // Aligned as a disk wants what is read past the cache.
  const std::unique_ptr<unsigned char, void (*)(void*)> memory(
      static_cast<unsigned char*>(std::aligned_alloc(kAlignment, kPiece)), std::free);
  if (!memory) return reason_of(ENOMEM);
  while (true) {
    const ssize_t count = read(source.file.get(), memory.get(), kPiece);
    if (count < 0) return reason_of(errno);
    if (count == 0) return compare(digest, path);
    const auto length = static_cast<std::size_t>(count);
    blake3_hasher_update(&digest, memory.get(), length);
    if (write_all(copy.get(), memory.get(), length)) continue;
    // There was room when the copy began.
    if (is_full(errno)) throw LackOfMemory(needed_for(source.size), room().root_free);
    return reason_of(errno);
  }
}

/// Copies the first intact file of the backup partition; `faults` gets what is wrong with the
/// others.
std::string copy_from_backup(std::string& faults) {
  for (const char* number : {"1", "2"}) {
    const std::string path = std::string(kFolder) + "/merlin/node" + number + ".img";
    const std::string fault = copy_checked(path);
    if (fault.empty()) return std::string("copy ") + number;
    say("Node part, copy " + std::string(number) + ": " + fault);
    faults += "copy " + std::string(number) + ": " + fault + "; ";
    unlink(kImage);
  }
  return {};
}

std::string find_node_part(const std::string& backup_device) {
  std::string faults;
  if (is_there(kImage)) {
    const std::string fault = check_unpacked();
    if (fault.empty()) return "initrd";
    say("Node part of the initrd: " + fault);
    faults = "initrd: " + fault + "; ";
    unlink(kImage);
  }
  std::string found;
  if (!backup_device.empty()) {
    mount_at(backup_device, kFolder, "vfat", true);
    found = copy_from_backup(faults);
    unmount(kFolder);
  } else {
    faults += "no backup partition is found";
  }
  if (!found.empty()) return found;
  throw Problem("Merlin's Node part cannot be read", faults,
                "Start this device from the network or from a USB medium to repair it.");
}

}  // namespace

std::string fetch_node_part(const std::string& backup_device) {
  try {
    return find_node_part(backup_device);
  } catch (const LackOfMemory&) {
    // Whoever writes that down needs some.
    unlink(kImage);
    throw;
  }
}

void mount_node_part() {
  const FileDescriptor image(open(kImage, O_RDONLY | O_CLOEXEC));
  const FileDescriptor control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const int number = control.is_open() ? ioctl(control.get(), LOOP_CTL_GET_FREE) : -1;
  const std::string device = "/dev/loop" + std::to_string(number);
  const FileDescriptor loop(number < 0 ? -1 : open(device.c_str(), O_RDWR | O_CLOEXEC));
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(image.get());
  config.info.lo_flags = LO_FLAGS_READ_ONLY;
  if (!loop.is_open() || ioctl(loop.get(), LOOP_CONFIGURE, &config) != 0) {
    if (is_full(errno)) throw LackOfMemory(needed_for(0), room().available);
    throw Problem("cannot open Merlin's Node part", reason_of(errno),
                  "This kernel and this initrd do not belong together: build them again.");
  }
  mount_at(device, "/n", "squashfs", true);
}

}  // namespace nacre::init
