#include "record.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "blake3.h"

namespace nacre::write_cache {
namespace {

constexpr std::string_view kMagic = "NACREWCA";
constexpr std::uint16_t kVersion = 1;
constexpr std::uint8_t kMerging = 1;
constexpr std::uint8_t kLost = 2;
constexpr std::uint32_t kLeastChunkSectors = 8;
constexpr std::uint32_t kMostChunkSectors = 2048;
constexpr std::size_t kDigestAt = kRecordBytes - sizeof(Digest);
/// JavaScript counts as far as this.
constexpr std::uint64_t kMostNumber = (1ULL << 53U) - 1;

static_assert(std::endian::native == std::endian::little);

template <class Number>
Number number_at(std::string_view bytes, std::size_t offset) {
  Number value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

bool is_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char byte) { return byte == 0; });
}

bool is_allowed(const Record& record) {
  const bool is_chunk = std::has_single_bit(record.chunk_sectors) &&
                        record.chunk_sectors >= kLeastChunkSectors &&
                        record.chunk_sectors <= kMostChunkSectors;
  const bool is_mode = record.mode == Mode::restore || record.mode == Mode::keep;
  const bool fits = record.sequence <= kMostNumber && record.base_start <= kMostNumber &&
                    record.base_bytes <= kMostNumber && record.store_bytes <= kMostNumber;
  return is_chunk && is_mode && fits && record.base_bytes > 0 && record.store_bytes > 0;
}

}  // namespace

Digest digest_of(std::string_view bytes) {
  blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, bytes.data(), bytes.size());
  Digest digest{};
  blake3_hasher_finalize(&hasher, digest.data(), digest.size());
  return digest;
}

std::optional<Record> parse_record(std::string_view bytes) {
  if (bytes.size() < kRecordBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const Digest wanted = digest_of(bytes.substr(0, kDigestAt));
  if (std::memcmp(bytes.data() + kDigestAt, wanted.data(), wanted.size()) != 0) return std::nullopt;
  const auto flags = number_at<std::uint8_t>(bytes, 11);
  Record record = {.sequence = number_at<std::uint64_t>(bytes, 16),
                   .mode = static_cast<Mode>(number_at<std::uint8_t>(bytes, 10)),
                   .is_merging = (flags & kMerging) != 0,
                   .is_lost = (flags & kLost) != 0,
                   .chunk_sectors = number_at<std::uint32_t>(bytes, 12),
                   .base_start = number_at<std::uint64_t>(bytes, 24),
                   .base_bytes = number_at<std::uint64_t>(bytes, 32),
                   .store_bytes = number_at<std::uint64_t>(bytes, 40)};
  std::memcpy(record.base_head.data(), bytes.data() + 48, record.base_head.size());
  const bool is_known = number_at<std::uint16_t>(bytes, 8) == kVersion &&
                        (flags & ~(kMerging | kLost)) == 0 &&
                        is_zero(bytes.substr(80, kDigestAt - 80));
  if (!is_known || !is_allowed(record)) return std::nullopt;
  return record;
}

std::array<char, kRecordBytes> serialize_record(const Record& record) {
  std::array<char, kRecordBytes> bytes{};
  const auto put = [&bytes](std::size_t offset, const auto& value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  };
  std::ranges::copy(kMagic, bytes.begin());
  put(8, kVersion);
  put(10, record.mode);
  const int flags = (record.is_merging ? kMerging : 0) | (record.is_lost ? kLost : 0);
  put(11, static_cast<std::uint8_t>(flags));
  put(12, record.chunk_sectors);
  put(16, record.sequence);
  put(24, record.base_start);
  put(32, record.base_bytes);
  put(40, record.store_bytes);
  put(48, record.base_head);
  put(kDigestAt, digest_of({bytes.data(), kDigestAt}));
  return bytes;
}

}  // namespace nacre::write_cache
