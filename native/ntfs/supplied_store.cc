// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/supplied_store.h"

#include <algorithm>

#include "core/error.h"

namespace nacre::files {
namespace {

/// A chunk of an image.
constexpr std::uint64_t piece_size = std::uint64_t{1} << 16U;
constexpr std::size_t most_pieces = 256;

}  // namespace

const SuppliedStore::Piece& SuppliedStore::piece(std::uint64_t number) const {
  const auto found = places_.find(number);
  if (found != places_.end()) {
    pieces_.splice(pieces_.begin(), pieces_, found->second);
    return pieces_.front();
  }
  const std::uint64_t offset = number * piece_size;
  const auto length = static_cast<std::uint32_t>(std::min(piece_size, size_ - offset));
  std::vector<std::byte> bytes = fetch_(offset, length);
  if (bytes.size() != length) throw FormatError("request: length of a supply");
  if (pieces_.size() == most_pieces) {
    places_.erase(pieces_.back().number);
    pieces_.pop_back();
  }
  pieces_.push_front({.number = number, .bytes = std::move(bytes)});
  places_[number] = pieces_.begin();
  return pieces_.front();
}

void SuppliedStore::read(std::uint64_t offset, MutableBytes target) const {
  if (offset > size_ || target.size() > size_ - offset) throw FormatError("access outside window");
  while (!target.empty()) {
    const Piece& from = piece(offset / piece_size);
    const auto begin = static_cast<std::size_t>(offset % piece_size);
    const std::size_t length = std::min(target.size(), from.bytes.size() - begin);
    std::copy_n(from.bytes.begin() + static_cast<std::ptrdiff_t>(begin), length, target.begin());
    target = target.subspan(length);
    offset += length;
  }
}

void SuppliedStore::write(std::uint64_t /*offset*/, Bytes /*source*/) {
  throw FormatError("write to a volume that is only read");
}

}  // namespace nacre::files
