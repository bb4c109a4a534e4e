#include "boot_agent.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/file_descriptor.h"
#include "files.h"
#include "problem.h"

namespace nacre::init {
namespace {

constexpr const char* kFolder = "/boot-agent";

/// Where the first block of a file lies on its device (FIBMAP and FIGETBSZ, ioctl_fs).
std::optional<std::uint64_t> place_of(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  int block = 0;
  int block_bytes = 0;
  const bool is_known = file.is_open() && fstat(file.get(), &facts) == 0 &&
                        std::cmp_greater_equal(facts.st_size, kBlockBytes) &&
                        ioctl(file.get(), FIGETBSZ, &block_bytes) == 0 &&
                        ioctl(file.get(), FIBMAP, &block) == 0 && block > 0 && block_bytes > 0;
  if (!is_known) return std::nullopt;
  return static_cast<std::uint64_t>(block) * static_cast<std::uint64_t>(block_bytes);
}

std::string read_block(int device, std::uint64_t offset) {
  std::string bytes(kBlockBytes, '\0');
  const ssize_t count = pread(device, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  return std::cmp_equal(count, kBlockBytes) ? bytes : std::string();
}

}  // namespace

BootAgent::BootAgent(std::string device) : device_(std::move(device)) {
  mount_at(device_, kFolder, "vfat", true);
  for (Slot& slot : slots_) slot.offset = place_of(std::string(kFolder) + slot.path);
  unmount(kFolder);
  const FileDescriptor file(open(device_.c_str(), O_RDONLY | O_CLOEXEC));
  for (Slot& slot : slots_) {
    if (slot.offset) slot.block = parse_block(read_block(file.get(), *slot.offset));
  }
}

bool BootAgent::counts_second() const {
  const auto& [first, second] = slots_;
  return second.block && (!first.block || second.block->sequence > first.block->sequence);
}

std::optional<DecisionBlock> BootAgent::block() const {
  return slots_[counts_second() ? 1 : 0].block;
}

void BootAgent::write(Slot& slot, const DecisionBlock& block) const {
  if (!slot.offset) return;
  const std::array<char, kBlockBytes> bytes = serialize_block(block);
  const FileDescriptor file(open(device_.c_str(), O_RDWR | O_SYNC | O_CLOEXEC));
  const ssize_t count =
      pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(*slot.offset));
  if (!std::cmp_equal(count, bytes.size()) || fsync(file.get()) != 0) {
    throw Problem("cannot store what boots next in " + std::string(slot.path), reason_of(errno),
                  "The disk fails or is write-protected: replace it.");
  }
  slot.block = parse_block(read_block(file.get(), *slot.offset));
  if (slot.block != block) {
    throw Problem("what boots next does not read back from " + std::string(slot.path),
                  "the disk took the write and holds something else", "Replace the disk.");
  }
}

void BootAgent::store(DecisionBlock block) {
  if (!slots_[0].offset && !slots_[1].offset) {
    throw Problem("cannot store what boots next", "/Grub/grub.conf and /Grub/grub.alt are missing",
                  "Write the boot agent partition again: nacre disk apply.");
  }
  const auto before = this->block();
  block.sequence = next_sequence(before ? before->sequence : 0);
  const bool is_second = counts_second();
  write(slots_[is_second ? 0 : 1], block);
  write(slots_[is_second ? 1 : 0], block);
}

DecisionBlock block_for_unreadable() {
  return {.sequence = 0, .mode = "merlin", .is_dirty = true, .merlin_tries = 2};
}

}  // namespace nacre::init
