#include "core/pipeline/digest_index.h"

#include <cstring>
#include <random>
#include <stdexcept>
#include <utility>

#include "core/pipeline/layout.h"

namespace nacre::pipeline {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

DigestIndex::DigestIndex(DigestAt digest_at) : digest_at_(std::move(digest_at)) {
  std::random_device random;
  for (std::uint64_t& word : key_) {
    word = static_cast<std::uint64_t>(random()) << 32U | random();
  }
  resize(64);
}

void DigestIndex::reserve(std::uint64_t count) {
  if (count >= absent) throw std::length_error("too many digests");
  const std::uint64_t slots = count + count / 3 + 1;
  if (slots > slots_.size()) resize(static_cast<std::size_t>(slots));
}

std::uint64_t DigestIndex::hash(Bytes digest) const {
  std::array<std::uint64_t, 4> words;
  std::memcpy(words.data(), digest.data(), digest_size);
  return folded_product(words[0] ^ key_[0], words[1] ^ key_[1]) ^
         folded_product(words[2] ^ key_[2], words[3] ^ key_[3]);
}

// The slot that holds an equal digest, or the free one where it belongs.
std::size_t DigestIndex::slot_of(Bytes digest) const {
  auto slot = static_cast<std::size_t>(static_cast<Wide>(hash(digest)) * slots_.size() >> 64U);
  while (slots_[slot] != absent &&
         std::memcmp(digest_at_(slots_[slot]).data(), digest.data(), digest_size) != 0) {
    slot = slot + 1 == slots_.size() ? 0 : slot + 1;
  }
  return slot;
}

std::uint32_t DigestIndex::find(Bytes digest) const { return slots_[slot_of(digest)]; }

std::uint32_t DigestIndex::insert(Bytes digest, std::uint32_t number) {
  if ((count_ + 1) * 4 > slots_.size() * 3) {
    if (count_ + 1 >= absent) throw std::length_error("too many digests");
    resize(slots_.size() * 2);
  }
  const std::size_t slot = slot_of(digest);
  if (slots_[slot] == absent) {
    slots_[slot] = number;
    count_++;
  }
  return slots_[slot];
}

void DigestIndex::resize(std::size_t slots) {
  std::vector<std::uint32_t> old(slots, absent);
  old.swap(slots_);
  for (const std::uint32_t number : old) {
    if (number != absent) slots_[slot_of(digest_at_(number))] = number;
  }
}

}  // namespace nacre::pipeline
