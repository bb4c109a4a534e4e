#include "core/file_system/bitmap.h"

namespace nacre {
namespace {

/// First bit >= `from` whose value is `value`, or `count`.
std::uint64_t next_bit(Bytes bits, std::uint64_t from, std::uint64_t count, bool value) {
  const std::byte opposite = value ? std::byte{0} : std::byte{0xff};
  while (from < count) {
    const std::byte byte = bits[from / 8];
    if (from % 8 == 0 && byte == opposite) {
      from += 8;
      continue;
    }
    const bool is_set = (byte >> static_cast<int>(from % 8) & std::byte{1}) != std::byte{0};
    if (is_set == value) return from;
    from++;
  }
  return count;
}

}  // namespace

void mark_set_bits(Bytes bits, std::uint64_t count, BitmapPlace place, UsedBlocks& used) {
  if (count / 8 + (count % 8 != 0 ? 1 : 0) > bits.size()) throw FormatError("allocation bitmap");
  std::uint64_t bit = next_bit(bits, 0, count, true);
  while (bit < count) {
    const std::uint64_t end = next_bit(bits, bit, count, false);
    used.mark(place.offset + bit * place.unit, (end - bit) * place.unit);
    bit = next_bit(bits, end, count, true);
  }
}

}  // namespace nacre
