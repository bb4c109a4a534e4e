#include "core/pipeline/target/chunk_loader.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/hex.h"
#include "core/pipeline/layout.h"

namespace nacre::pipeline {
namespace {

// Reads of adjacent frames go up to this; it also holds the largest single frame.
constexpr std::size_t read_size = max_frame_chunks * chunk_size;
// What a line of 100 Mbit/s brings in half a round trip of 20 ms: dearer than that is one more
// request.
constexpr std::size_t remote_gap = 2 * chunk_size;

CodedError damaged(const PackSet& packs, const TargetJob& job, PartitionWindow window,
                   std::size_t slot, const FrameLocation& frame, const std::string& found) {
  const std::uint64_t chunk = job.places[slot].chunk;
  return {"IMAGE_CHUNK_DAMAGED",
          {{"chunk", chunk},
           {"partition", std::uint64_t{job.partition}},
           {"diskOffset", window.offset + chunk * chunk_size},
           {"pack", packs.path(job.chunks[slot].location.pack)},
           {"packOffset", frame.offset},
           {"expected", hex(job.chunks[slot].digest)},
           {"found", found}}};
}

}  // namespace

ChunkLoader::ChunkLoader(const PackSet& packs, DigestAlgorithm algorithm)
    : packs_(packs), algorithm_(algorithm), stored_(read_size) {}

void ChunkLoader::cut_pieces(const TargetJob& job, std::uint32_t wanted) {
  pieces_.clear();
  for (std::size_t slot = 0; slot < job.count; slot++) {
    if ((wanted >> slot & 1U) == 0) continue;
    const ChunkLocation& location = job.chunks[slot].location;
    if (!pieces_.empty()) {
      Piece& last = pieces_.back();
      if (last.location.is_in_frame(location) && last.slot + last.count == slot &&
          last.location.slot + last.count == location.slot) {
        last.count++;
        continue;
      }
    }
    pieces_.push_back({.location = location,
                       .frame = packs_.frame(location.pack, location.frame),
                       .slot = slot,
                       .count = 1});
  }
}

ChunkLoader::Cached* ChunkLoader::cached(const ChunkLocation& location) {
  for (Cached& entry : cache_) {
    if (entry.used_at != 0 && entry.location.is_in_frame(location)) {
      entry.used_at = ++clock_;
      return &entry;
    }
  }
  return nullptr;
}

MutableBytes ChunkLoader::cache_room(const ChunkLocation& location, std::size_t length) {
  Cached& oldest =
      *std::min_element(cache_.begin(), cache_.end(),
                        [](const Cached& a, const Cached& b) { return a.used_at < b.used_at; });
  if (oldest.raw.size() < length) oldest.raw = ZeroPages(length);
  oldest.location = location;
  oldest.used_at = 0;  // not valid before it is filled
  return oldest.raw.bytes().first(length);
}

// Reads the frames of the pieces from `first` on that lie next to each other, or nearly so where a
// request is dear. @returns the piece after them.
std::size_t ChunkLoader::read_frames(std::size_t first) {
  const std::uint32_t pack = pieces_[first].location.pack;
  const FrameLocation& begin = pieces_[first].frame;
  const std::size_t gap = packs_.is_remote(pack) ? remote_gap : 0;
  std::size_t length = begin.record.stored_length;
  std::size_t after = first + 1;
  for (; after < pieces_.size(); after++) {
    const Piece& piece = pieces_[after];
    if (piece.location.pack != pack || piece.frame.offset < begin.offset + length) break;
    if (piece.frame.offset - begin.offset > length + gap) break;
    const std::size_t end = piece.frame.offset - begin.offset + piece.frame.record.stored_length;
    if (end > read_size) break;
    length = end;
  }
  packs_.read(pack, begin.offset, stored_.bytes().first(length));
  return after;
}

void ChunkLoader::unpack(const Piece& piece, Bytes stored, MutableBytes image) {
  const MutableBytes target = image.subspan(piece.slot * chunk_size, piece.count * chunk_size);
  const FrameRecord& record = piece.frame.record;
  if (piece.count == record.chunks) {
    decoder_.decode(record, stored, target);
    return;
  }
  const MutableBytes room = cache_room(piece.location, record.raw_length());
  decoder_.decode(record, stored, room);
  for (Cached& entry : cache_) {
    if (entry.raw.data() == room.data()) entry.used_at = ++clock_;
  }
  std::memcpy(target.data(), room.data() + piece.location.slot * chunk_size, target.size());
}

void ChunkLoader::verify(const TargetJob& job, PartitionWindow window, const Piece& piece,
                         Bytes image) const {
  for (std::size_t slot = piece.slot; slot < piece.slot + piece.count; slot++) {
    const Digest found = digest_of(algorithm_, image.subspan(slot * chunk_size, chunk_size));
    if (std::memcmp(found.data(), job.chunks[slot].digest.data(), digest_size) != 0) {
      throw damaged(packs_, job, window, slot, piece.frame, hex(Bytes(found)));
    }
  }
}

void ChunkLoader::forget(const ChunkLocation& location) {
  for (Cached& entry : cache_) {
    if (entry.location.is_in_frame(location)) entry.used_at = 0;
  }
}

bool ChunkLoader::take_cached(const TargetJob& job, PartitionWindow window, const Piece& piece,
                              MutableBytes image) {
  const Cached* entry = cached(piece.location);
  if (entry == nullptr) return false;
  std::memcpy(image.data() + piece.slot * chunk_size,
              entry->raw.data() + piece.location.slot * chunk_size, piece.count * chunk_size);
  try {
    verify(job, window, piece, image);
  } catch (const CodedError&) {
    // Another chunk of the frame was good; reading it once more may help, and says what is wrong.
    forget(piece.location);
    return false;
  }
  return true;
}

void ChunkLoader::unpack_verified(const TargetJob& job, PartitionWindow window, const Piece& piece,
                                  MutableBytes stored, MutableBytes image) {
  for (unsigned attempt = 1;; attempt++) {
    try {
      try {
        unpack(piece, stored, image);
      } catch (const FormatError& error) {
        throw damaged(packs_, job, window, piece.slot, piece.frame, error.what());
      }
      verify(job, window, piece, image);
      return;
    } catch (const CodedError&) {
      forget(piece.location);
      const std::uint32_t pack = piece.location.pack;
      if (!packs_.read_again(pack, piece.frame.offset, stored, attempt)) throw;
    }
  }
}

void ChunkLoader::load(const TargetJob& job, PartitionWindow window, std::uint32_t wanted,
                       MutableBytes image) {
  cut_pieces(job, wanted);
  for (std::size_t next = 0; next < pieces_.size();) {
    if (take_cached(job, window, pieces_[next], image)) {
      next++;
      continue;
    }
    const std::uint64_t begin = pieces_[next].frame.offset;
    const std::size_t after = read_frames(next);
    for (; next < after; next++) {
      const FrameLocation& frame = pieces_[next].frame;
      const MutableBytes stored =
          stored_.bytes().subspan(frame.offset - begin, frame.record.stored_length);
      unpack_verified(job, window, pieces_[next], stored, image);
    }
  }
}

}  // namespace nacre::pipeline
