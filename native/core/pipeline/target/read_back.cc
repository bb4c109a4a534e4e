#include "core/pipeline/target/read_back.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/hex.h"
#include "core/pipeline/target/target_error.h"
#include "core/zero_pages.h"

namespace nacre::pipeline {
namespace {

// Bounds the memory for what waits to be read back (3 MiB).
constexpr std::size_t batch_size = 32768;
constexpr std::size_t drop_alignment = 4096;

}  // namespace

void ReadBack::read(std::uint32_t partition, std::uint64_t disk_offset, MutableBytes found) const {
  at_target({device_, partition, disk_offset, found.size(), "read back"},
            [&] { device_.read(disk_offset, found); });
}

void ReadBack::require(const Pending& entry, Bytes found) const {
  const Digest digest = digest_of(DigestAlgorithm::blake3, found);
  if (digest == entry.digest) return;
  throw CodedError("IMAGE_READ_BACK", {{"path", device_.path()},
                                       {"partition", std::uint64_t{entry.partition}},
                                       {"diskOffset", entry.disk_offset},
                                       {"length", std::uint64_t{entry.length}},
                                       {"expected", hex(entry.digest)},
                                       {"found", hex(digest)}});
}

void ReadBack::check(std::uint32_t partition, std::uint64_t disk_offset, Bytes written,
                     MutableBytes scratch) {
  if (device_.is_direct_range(disk_offset, written.size())) {
    const MutableBytes found = scratch.first(written.size());
    read(partition, disk_offset, found);
    if (std::memcmp(found.data(), written.data(), written.size()) == 0) return;
    for (std::size_t at = 0; at < written.size(); at += block_size) {
      const std::size_t length = std::min(block_size, written.size() - at);
      require({.disk_offset = disk_offset + at,
               .length = length,
               .partition = partition,
               .digest = digest_of(DigestAlgorithm::blake3, written.subspan(at, length))},
              found.subspan(at, length));
    }
    return;
  }
  const Pending entry{.disk_offset = disk_offset,
                      .length = written.size(),
                      .partition = partition,
                      .digest = digest_of(DigestAlgorithm::blake3, written)};
  std::vector<Pending> batch;
  {
    const std::lock_guard lock(mutex_);
    pending_.push_back(entry);
    if (pending_.size() >= batch_size) batch.swap(pending_);
  }
  if (batch.empty()) return;
  device_.flush();
  check_batch(batch);
}

void ReadBack::finish() {
  device_.flush();
  const std::lock_guard lock(mutex_);
  check_batch(pending_);
  pending_.clear();
}

void ReadBack::check_batch(const std::vector<Pending>& batch) const {
  std::size_t longest = 0;
  for (const Pending& entry : batch) longest = std::max(longest, entry.length);
  const ZeroPages buffer(longest);
  for (const Pending& entry : batch) {
    // Whole pages, or the kernel keeps the ones at the edges.
    const std::uint64_t begin = entry.disk_offset / drop_alignment * drop_alignment;
    const std::uint64_t end = entry.disk_offset + entry.length + drop_alignment - 1;
    device_.drop_cache(begin, end / drop_alignment * drop_alignment - begin);
    const MutableBytes found = buffer.bytes().first(entry.length);
    read(entry.partition, entry.disk_offset, found);
    require(entry, found);
  }
}

}  // namespace nacre::pipeline
