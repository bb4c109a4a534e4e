#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// Sizes of docs/image-format.md, and how the streaming engine cuts its work.
namespace nacre::pipeline {

inline constexpr std::size_t chunk_size = 65536;
inline constexpr std::size_t block_size = 4096;
inline constexpr unsigned blocks_per_chunk = 16;

/// Most chunks in a frame that this version writes; a reader takes up to `max_frame_chunks`.
inline constexpr std::size_t frame_cap = 4;
inline constexpr std::size_t max_frame_chunks = 16;

inline constexpr std::size_t run_record_size = 16;
inline constexpr std::size_t mask_record_size = 2;
inline constexpr std::size_t digest_size = 32;
inline constexpr std::size_t frame_record_size = 16;
inline constexpr std::uint64_t pack_header_size = 32;
inline constexpr std::uint64_t pack_index_header_size = 32;
inline constexpr std::uint64_t pack_footer_size = 64;

/// Chunks that one thread reads, digests and writes at a time: 2 MiB, a huge page.
inline constexpr std::size_t job_chunks = 32;

/// Chunks that a partition of `size` bytes has; the last one may be short.
[[nodiscard]] constexpr std::uint64_t chunk_count_of(std::uint64_t size) {
  return size / chunk_size + (size % chunk_size != 0 ? 1 : 0);
}

/// Bytes of chunk `chunk` that a partition of `size` bytes reaches; `chunk` must begin inside it.
[[nodiscard]] constexpr std::size_t chunk_bytes(std::uint64_t size, std::uint64_t chunk) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size, size - chunk * chunk_size));
}

/// The mask of all blocks of `chunk` that the partition reaches: the "full" mask of that chunk.
[[nodiscard]] constexpr std::uint16_t reach_mask(std::uint64_t size, std::uint64_t chunk) {
  const std::size_t blocks = (chunk_bytes(size, chunk) + block_size - 1) / block_size;
  return static_cast<std::uint16_t>((1U << blocks) - 1U);
}

}  // namespace nacre::pipeline
