#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace nacre::init {

/// SHA-256 (FIPS 180-4): PID 1 is linked with nothing that has it.
class Sha256 {
 public:
  void update(std::span<const unsigned char> bytes);
  /// 64 lower-case hex digits; the object is of no use afterwards.
  [[nodiscard]] std::string finish();

 private:
  void compress(const unsigned char* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_ = {};
  std::uint64_t length_ = 0;
};

}  // namespace nacre::init
