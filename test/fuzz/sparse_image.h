#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/block_reader.h"

namespace nacre {

/// A partition of up to 1 GiB from a short fuzzer input, zero but for its records, so that seeds
/// are real volumes of some KiB. test/fuzz/seeds/pack-volume writes the same form.
///
/// Input, little-endian: number of 4 KiB blocks u32; then records: first sector u32, sectors u16,
/// kind u8 (0: the sectors follow, anything else: one byte follows that fills them).
class SparseImage final : public BlockReader {
 public:
  explicit SparseImage(Bytes input) {
    if (input.size() < 4) return;
    constexpr std::uint64_t most_blocks = std::uint64_t{1} << 18U;
    const auto blocks = little_endian<std::uint32_t>(input, 0, "size");
    // A byte more or less than a whole block is a case of its own.
    size_ = std::min<std::uint64_t>(blocks, most_blocks) * 4096;
    std::size_t at = 4;
    while (input.size() - at >= 8) {
      Record record{};
      record.offset = std::uint64_t{little_endian<std::uint32_t>(input, at, "sector")} * 512;
      record.length = std::uint64_t{little_endian<std::uint16_t>(input, at + 4, "sectors")} * 512;
      record.is_fill = input[at + 6] != std::byte{0};
      at += 7;
      const std::uint64_t stored = record.is_fill ? 1 : record.length;
      const auto length =
          static_cast<std::size_t>(std::min<std::uint64_t>(stored, input.size() - at));
      record.bytes = input.subspan(at, length);
      if (!record.is_fill) record.length = length;
      at += length;
      records_.push_back(record);
    }
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  void read(std::uint64_t offset, MutableBytes target) const override {
    if (offset > size_ || target.size() > size_ - offset) throw FormatError("read outside image");
    std::fill(target.begin(), target.end(), std::byte{0});
    for (const Record& record : records_) {
      const std::uint64_t from = std::max(offset, record.offset);
      const std::uint64_t to = std::min(offset + target.size(), record.offset + record.length);
      if (from >= to) continue;
      const auto out = target.begin() + static_cast<std::ptrdiff_t>(from - offset);
      const auto count = static_cast<std::ptrdiff_t>(to - from);
      if (record.is_fill) {
        std::fill_n(out, count, record.bytes[0]);
      } else {
        const auto in = record.bytes.begin() + static_cast<std::ptrdiff_t>(from - record.offset);
        std::copy_n(in, count, out);
      }
    }
  }

 private:
  struct Record {
    std::uint64_t offset;
    std::uint64_t length;
    bool is_fill;
    Bytes bytes;
  };

  std::uint64_t size_ = 0;
  std::vector<Record> records_;
};

}  // namespace nacre
