#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nacre::write_cache {

/// Length of a record; it lies alone in a block of kBlockBytes.
inline constexpr std::size_t kRecordBytes = 512;
inline constexpr std::size_t kBlockBytes = 4096;
/// The end of the partition that is no store: both records lie there.
inline constexpr std::uint64_t kTailBytes = 1U << 20U;
/// From the first record to the second.
inline constexpr std::uint64_t kTwinBytes = kTailBytes / 2;
/// What of the base is digested to know it again: superblocks of ext, XFS and btrfs lie in it.
inline constexpr std::size_t kBaseHeadBytes = 128U << 10U;
/// What of a store is zeroed to empty it.
inline constexpr std::size_t kStoreHeadBytes = 64U << 10U;

using Digest = std::array<std::uint8_t, 32>;

enum class Mode : std::uint8_t { restore = 1, keep = 2 };

/// Mode and state of a write cache, by the same rules as src/codec/write-cache-record.ts.
struct Record {
  std::uint64_t sequence = 0;
  Mode mode = Mode::restore;
  /// The changes are being merged into the base: they are kept in any mode.
  bool is_merging = false;
  /// Changes were lost since the mode was chosen.
  bool is_lost = false;
  std::uint32_t chunk_sectors = 0;
  std::uint64_t base_start = 0;
  std::uint64_t base_bytes = 0;
  std::uint64_t store_bytes = 0;
  /// BLAKE3 of the head of the base that the changes are for; zeros: not known yet.
  Digest base_head = {};

  bool operator==(const Record&) const = default;
};

[[nodiscard]] Digest digest_of(std::string_view bytes);

/// Nothing unless `bytes` begin with a record whose every value is allowed.
[[nodiscard]] std::optional<Record> parse_record(std::string_view bytes);

[[nodiscard]] std::array<char, kRecordBytes> serialize_record(const Record& record);

}  // namespace nacre::write_cache
