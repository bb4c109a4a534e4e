#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::init {

/// Length of a block: the first 512 bytes of its file.
inline constexpr std::size_t kBlockBytes = 512;

/// The boot decision block, by the same rules as src/codec/grub-block.ts (decision record 6).
struct DecisionBlock {
  std::uint32_t sequence = 0;
  /// "os", "merlin" or "rescue".
  std::string mode;
  bool is_dirty = false;
  /// Nothing: starts of the OS are not counted.
  std::optional<int> os_tries = std::nullopt;
  int merlin_tries = 0;
  std::string cmdid = {};
  std::string status = {};

  bool operator==(const DecisionBlock&) const = default;
};

/// Nothing unless `bytes` begin with a block whose every value is allowed.
[[nodiscard]] std::optional<DecisionBlock> parse_block(std::string_view bytes);

[[nodiscard]] std::array<char, kBlockBytes> serialize_block(const DecisionBlock& block);

/// The sequence of the block that follows. After the highest one it starts again: as both slots are
/// written, the old block counts until the second of them is.
[[nodiscard]] std::uint32_t next_sequence(std::uint32_t sequence);

}  // namespace nacre::init
