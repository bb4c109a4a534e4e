#include "sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace nacre::init {
namespace {

constexpr std::size_t kBlock = 64;

/// FIPS 180-4 section 4.2.2.
constexpr std::array<std::uint32_t, 64> kConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(const unsigned char* bytes) {
  return (std::uint32_t{bytes[0]} << 24U) | (std::uint32_t{bytes[1]} << 16U) |
         (std::uint32_t{bytes[2]} << 8U) | bytes[3];
}

/// One round (section 6.2.2 step 3), with Ch and Maj in their forms of fewest operations. What the
/// standard calls the new e and a is left in d and h.
inline void turn(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t& d,
                 std::uint32_t e, std::uint32_t f, std::uint32_t g, std::uint32_t& h,
                 std::uint32_t input) {
  h += (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + (g ^ (e & (f ^ g))) + input;
  d += h;
  h += (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) | (c & (a | b)));
}

}  // namespace

void Sha256::compress(const unsigned char* block) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; i++) w[i] = big_endian(block + 4 * i);
  for (std::size_t i = 16; i < 64; i++) {
    const std::uint32_t before = w[i - 15];
    const std::uint32_t last = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (std::rotr(before, 7) ^ std::rotr(before, 18) ^ (before >> 3U)) +
           (std::rotr(last, 17) ^ std::rotr(last, 19) ^ (last >> 10U));
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  // Eight rounds bring the variables back to their places: none is moved to another.
  for (std::size_t i = 0; i < 64; i += 8) {
    const std::uint32_t* const word = w.data() + i;
    const std::uint32_t* const constant = kConstants.data() + i;
    turn(a, b, c, d, e, f, g, h, word[0] + constant[0]);
    turn(h, a, b, c, d, e, f, g, word[1] + constant[1]);
    turn(g, h, a, b, c, d, e, f, word[2] + constant[2]);
    turn(f, g, h, a, b, c, d, e, word[3] + constant[3]);
    turn(e, f, g, h, a, b, c, d, word[4] + constant[4]);
    turn(d, e, f, g, h, a, b, c, word[5] + constant[5]);
    turn(c, d, e, f, g, h, a, b, word[6] + constant[6]);
    turn(b, c, d, e, f, g, h, a, word[7] + constant[7]);
  }
  const std::array<std::uint32_t, 8> sum = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < sum.size(); i++) state_[i] += sum[i];
}

void Sha256::update(std::span<const unsigned char> bytes) {
  while (!bytes.empty()) {
    const std::size_t filled = length_ % kBlock;
    const std::size_t taken = std::min(kBlock - filled, bytes.size());
    if (taken == kBlock) {
      compress(bytes.data());
    } else {
      std::memcpy(pending_.data() + filled, bytes.data(), taken);
      if (filled + taken == kBlock) compress(pending_.data());
    }
    length_ += taken;
    bytes = bytes.subspan(taken);
  }
}

std::string Sha256::finish() {
  const std::uint64_t bits = length_ * 8;
  const std::size_t filled = length_ % kBlock;
  const std::array<unsigned char, kBlock> padding = {0x80};
  update(std::span(padding).first((filled < 56 ? 56 : 120) - filled));
  std::array<unsigned char, 8> length{};
  for (std::size_t i = 0; i < 8; i++) {
    length[i] = static_cast<unsigned char>(bits >> (56 - 8 * i));
  }
  update(length);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint32_t word : state_) {
    for (unsigned shift = 32; shift > 0; shift -= 4) hex += kDigits[(word >> (shift - 4)) & 15U];
  }
  return hex;
}

}  // namespace nacre::init
