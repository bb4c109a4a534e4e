#include "core/pipeline/pack/check.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <tuple>

#include "core/hex.h"
#include "core/pipeline/layout.h"
#include "core/pipeline/pack/frame_codec.h"
#include "core/zero_pages.h"

namespace nacre::pipeline {
namespace {

/// The digests that are asked for; every digest when none is named.
class Wanted {
 public:
  explicit Wanted(Bytes digests)
      : digests_(digests), index_([this](std::uint32_t number) { return at(number); }) {
    if (digests.size() % digest_size != 0) throw FormatError("wanted digests");
    const std::uint64_t count = digests.size() / digest_size;
    index_.reserve(count);
    for (std::uint32_t number = 0; number < count; number++) index_.insert(at(number), number);
  }
  [[nodiscard]] bool has(Bytes digest) const {
    return digests_.empty() || index_.find(digest) != DigestIndex::absent;
  }

 private:
  [[nodiscard]] Bytes at(std::uint32_t number) const {
    return digests_.subspan(std::size_t{number} * digest_size, digest_size);
  }
  Bytes digests_;
  DigestIndex index_;
};

/// Frames next to each other in one pack.
struct CheckJob {
  std::uint32_t pack = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct Shared {
  const CheckRequest& request;
  Control& control;
  PackSet packs;
  Wanted wanted;
  std::mutex mutex;
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  CheckResult result;

  Shared(const CheckRequest& the_request, Control& the_control)
      : request(the_request), control(the_control), packs(request.packs), wanted(request.wanted) {
    std::uint64_t chunks = 0;
    for (const PackInput& input : request.packs) {
      for (std::size_t at = 0; at < input.digests.size(); at += digest_size) {
        if (wanted.has(input.digests.subspan(at, digest_size))) chunks++;
      }
    }
    control.set_total(chunks * chunk_size);
  }

  [[nodiscard]] bool is_wanted(std::uint32_t in_pack, const FrameLocation& location) const {
    for (std::uint32_t i = 0; i < location.record.chunks; i++) {
      if (wanted.has(packs.digest(in_pack, location.first_chunk + i))) return true;
    }
    return false;
  }

  // Wanted frames up to about 1 MiB of chunks.
  [[nodiscard]] bool next(CheckJob& job) {
    const std::lock_guard lock(mutex);
    std::size_t length = 0;
    job.count = 0;
    for (; pack < packs.size(); pack++, frame = 0) {
      for (; frame < packs.frame_count(pack); frame++) {
        const FrameLocation location = packs.frame(pack, frame);
        const bool is_full = length + location.record.raw_length() > max_frame_chunks * chunk_size;
        if (job.count != 0 && (is_full || !is_wanted(pack, location))) return true;
        if (job.count == 0 && !is_wanted(pack, location)) continue;
        if (job.count == 0) job = {.pack = pack, .first = frame, .count = 0};
        job.count++;
        length += location.record.raw_length();
      }
      if (job.count != 0) return true;
    }
    return false;
  }
};

class Worker {
 public:
  explicit Worker(Shared& shared) : shared_(shared) {}

  void run() {
    CheckJob job;
    while (!shared_.control.is_stopped() && shared_.next(job)) {
      const bool is_read = read_frames(job);
      std::size_t at = 0;
      for (std::uint32_t i = 0; i < job.count; i++) {
        const FrameLocation location = shared_.packs.frame(job.pack, job.first + i);
        const MutableBytes stored = stored_.bytes().subspan(at, location.record.stored_length);
        check_frame(job.pack, job.first + i, stored, is_read);
        at += stored.size();
      }
    }
    const std::lock_guard lock(shared_.mutex);
    shared_.result.checked_chunks += checked_;
    std::move(damaged_.begin(), damaged_.end(), std::back_inserter(shared_.result.damaged));
  }

 private:
  // All frames of a job with one request. @returns false when a part of them cannot be read: which
  // one shows when they are read one by one.
  [[nodiscard]] bool read_frames(const CheckJob& job) {
    const FrameLocation first = shared_.packs.frame(job.pack, job.first);
    const FrameLocation last = shared_.packs.frame(job.pack, job.first + job.count - 1);
    const std::uint64_t length = last.offset + last.record.stored_length - first.offset;
    try {
      shared_.packs.read(job.pack, first.offset, stored_.bytes().first(length));
      return true;
    } catch (const OsError&) {
      return false;
    }
  }

  void check_frame(std::uint32_t pack, std::uint32_t frame, MutableBytes stored, bool is_read) {
    const FrameLocation location = shared_.packs.frame(pack, frame);
    const FrameRecord& record = location.record;
    const MutableBytes raw = raw_.bytes().first(record.raw_length());
    std::string reason;
    bool has_same_check = false;
    try {
      if (!is_read) shared_.packs.read(pack, location.offset, stored);
      has_same_check = frame_check(shared_.request.algorithm, stored) == record.check;
      decoder_.decode(record, stored, raw);
    } catch (const FormatError& error) {
      reason = error.what();
    } catch (const OsError& error) {
      reason = error.what();
    }
    bool has_damage = false;
    for (std::uint32_t i = 0; i < record.chunks; i++) {
      const Bytes expected = shared_.packs.digest(pack, location.first_chunk + i);
      if (!shared_.wanted.has(expected)) continue;
      checked_++;
      shared_.control.add_done(chunk_size);
      has_damage = !is_whole(pack, frame, location, i, reason) || has_damage;
    }
    if (!has_damage && !has_same_check) {
      add(pack, frame, location, 0, {}, "the stored bytes do not match the frame's check");
    }
  }

  [[nodiscard]] bool is_whole(std::uint32_t pack, std::uint32_t frame,
                              const FrameLocation& location, std::uint32_t slot,
                              const std::string& reason) {
    if (!reason.empty()) {
      add(pack, frame, location, slot, {}, reason);
      return false;
    }
    const Digest found =
        digest_of(shared_.request.algorithm, raw_.bytes().subspan(slot * chunk_size, chunk_size));
    const Bytes expected = shared_.packs.digest(pack, location.first_chunk + slot);
    if (std::memcmp(found.data(), expected.data(), digest_size) == 0) return true;
    add(pack, frame, location, slot, hex(Bytes(found)), "the digest differs");
    return false;
  }

  void add(std::uint32_t pack, std::uint32_t frame, const FrameLocation& location,
           std::uint32_t slot, std::string found, std::string reason) {
    const std::uint32_t chunk = location.first_chunk + slot;
    damaged_.push_back({.pack = pack,
                        .frame = frame,
                        .offset = location.offset,
                        .chunk = chunk,
                        .expected = hex(shared_.packs.digest(pack, chunk)),
                        .found = std::move(found),
                        .reason = std::move(reason)});
  }

  Shared& shared_;
  FrameDecoder decoder_;
  std::uint64_t checked_ = 0;
  std::vector<DamagedChunk> damaged_;
  ZeroPages stored_{max_frame_chunks * chunk_size};
  ZeroPages raw_{max_frame_chunks * chunk_size};
};

}  // namespace

CheckResult check(const CheckRequest& request, Control& control) {
  Shared shared(request, control);
  run_workers(control, thread_count(request.threads, shared.packs.is_remote() ? 3 : 2),
              [&shared] { Worker(shared).run(); });
  std::sort(shared.result.damaged.begin(), shared.result.damaged.end(),
            [](const DamagedChunk& a, const DamagedChunk& b) {
              return std::tie(a.pack, a.chunk) < std::tie(b.pack, b.chunk);
            });
  return std::move(shared.result);
}

}  // namespace nacre::pipeline
