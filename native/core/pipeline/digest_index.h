#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/bytes.h"

namespace nacre::pipeline {

/// Finds the number under which a digest is kept elsewhere: open addressing over 32-bit numbers, so
/// that an entry costs 5 to 11 bytes beside the digest itself. The hash is keyed with random
/// numbers: whoever wrote a pack index cannot choose digests that collide.
///
/// Numbers are handed out by the caller; `digest_at(number)` gives the 32 bytes of one already
/// inserted.
class DigestIndex {
 public:
  static constexpr std::uint32_t absent = 0xffffffffU;
  using DigestAt = std::function<Bytes(std::uint32_t)>;

  explicit DigestIndex(DigestAt digest_at);

  /// Prepares for `count` entries in all. @throws std::length_error above 2^32 - 2.
  void reserve(std::uint64_t count);
  /// The number of an equal digest, or `absent`.
  [[nodiscard]] std::uint32_t find(Bytes digest) const;
  /// Enters `number` for `digest` when there is no equal one. @returns the number that stands for
  /// it now.
  std::uint32_t insert(Bytes digest, std::uint32_t number);

 private:
  [[nodiscard]] std::uint64_t hash(Bytes digest) const;
  [[nodiscard]] std::size_t slot_of(Bytes digest) const;
  void resize(std::size_t slots);

  DigestAt digest_at_;
  std::array<std::uint64_t, 4> key_{};
  std::vector<std::uint32_t> slots_;
  std::uint64_t count_ = 0;
};

}  // namespace nacre::pipeline
