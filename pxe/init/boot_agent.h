#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "decision_block.h"

namespace nacre::init {

/// The two decision blocks on the boot agent partition, read through the kernel's FAT driver and
/// written in place on the device, so that neither directory nor FAT changes.
class BootAgent {
 public:
  /// @throws Problem when the volume cannot be mounted
  explicit BootAgent(std::string device);

  /// The block that counts: the newest that can be read, grub.conf of two alike.
  [[nodiscard]] std::optional<DecisionBlock> block() const;

  /// Writes the block that follows `before` into both slots, the one that counts last, and reads it
  /// back. @throws Problem
  void store(DecisionBlock block);

 private:
  struct Slot {
    const char* path;
    /// Byte of the device where the file begins; nothing when it is not there.
    std::optional<std::uint64_t> offset = std::nullopt;
    std::optional<DecisionBlock> block = std::nullopt;
  };

  [[nodiscard]] bool counts_second() const;
  void write(Slot& slot, const DecisionBlock& block) const;

  std::string device_;
  std::array<Slot, 2> slots_ = {{{.path = "/Grub/grub.conf"}, {.path = "/Grub/grub.alt"}}};
};

/// What PID 1 stores when neither block can be read: Merlin, with one of its tries taken.
[[nodiscard]] DecisionBlock block_for_unreadable();

}  // namespace nacre::init
