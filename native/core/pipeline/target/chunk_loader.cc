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

// Reads the frames of the pieces from `first` on that lie next to each other. @returns the piece
// after them.
std::size_t ChunkLoader::read_frames(std::size_t first) {
  const FrameLocation& begin = pieces_[first].frame;
  std::size_t length = begin.record.stored_length;
  std::size_t after = first + 1;
  for (; after < pieces_.size(); after++) {
    const Piece& piece = pieces_[after];
    const bool follows = piece.location.pack == pieces_[first].location.pack &&
                         piece.frame.offset == begin.offset + length;
    if (!follows || length + piece.frame.record.stored_length > read_size) break;
    length += piece.frame.record.stored_length;
  }
  packs_.read(pieces_[first].location.pack, begin.offset, stored_.bytes().first(length));
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

void ChunkLoader::load(const TargetJob& job, PartitionWindow window, std::uint32_t wanted,
                       MutableBytes image) {
  cut_pieces(job, wanted);
  for (std::size_t next = 0; next < pieces_.size();) {
    if (const Cached* entry = cached(pieces_[next].location)) {
      const Piece& piece = pieces_[next++];
      std::memcpy(image.data() + piece.slot * chunk_size,
                  entry->raw.data() + piece.location.slot * chunk_size, piece.count * chunk_size);
      verify(job, window, piece, image);
      continue;
    }
    const std::size_t after = read_frames(next);
    Bytes stored = stored_.bytes();
    for (; next < after; next++) {
      const Piece& piece = pieces_[next];
      try {
        unpack(piece, stored.first(piece.frame.record.stored_length), image);
      } catch (const FormatError& error) {
        throw damaged(packs_, job, window, piece.slot, piece.frame, error.what());
      }
      verify(job, window, piece, image);
      stored = stored.subspan(piece.frame.record.stored_length);
    }
  }
}

}  // namespace nacre::pipeline
