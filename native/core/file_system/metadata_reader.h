#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/block_reader.h"

namespace nacre {

/// Small reads of a volume's structures. Keeps the piece read last, because boot sectors, records,
/// descriptors and bitmaps of neighbouring groups lie side by side. Not for several threads.
class MetadataReader {
 public:
  /// Most that one `read` gives: larger structures are read in pieces.
  static constexpr std::size_t max_length = std::size_t{1} << 20U;

  explicit MetadataReader(const BlockReader& partition) : partition_(partition) {}

  [[nodiscard]] std::uint64_t size() const { return partition_.size(); }
  /// @throws FormatError with `field` when the range is outside the partition or longer than
  /// allowed.
  [[nodiscard]] std::vector<std::byte> read(std::uint64_t offset, std::size_t length,
                                            const char* field);

 private:
  static constexpr std::size_t piece_length = std::size_t{64} << 10U;

  const BlockReader& partition_;
  std::vector<std::byte> piece_;
  std::uint64_t piece_offset_ = 0;
};

/// True when the bytes at `offset` are `text`; false also where the bytes end earlier.
[[nodiscard]] bool has_text(Bytes bytes, std::size_t offset, const char* text);
/// A fixed-length text field up to its first NUL; bytes that are no UTF-8 are the caller's to map.
[[nodiscard]] std::string text_field(Bytes field);
/// UTF-16LE as UTF-8; lone surrogates become U+FFFD.
[[nodiscard]] std::string utf8_of_utf16(Bytes field);
/// 16 bytes as 8-4-4-4-12 lower-case hex digits.
[[nodiscard]] std::string uuid_text(Bytes bytes);
/// `value` in hex, `digits` wide.
[[nodiscard]] std::string hex_text(std::uint64_t value, int digits, bool upper_case);

}  // namespace nacre
