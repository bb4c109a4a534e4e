#include "core/pipeline/pack/pack_set.h"

#include <algorithm>
#include <utility>

#include "core/pipeline/layout.h"

namespace nacre::pipeline {
PackSet::Pack PackSet::open(const PackInput& input) {
  if (input.frames.size() % frame_record_size != 0) throw FormatError("frame records: length");
  if (input.digests.size() % digest_size != 0) throw FormatError("digest records: length");
  Pack pack{.input = input, .bytes = PackBytes(input.place), .frames = {}};
  const std::uint64_t size = pack.bytes.size();
  const std::uint64_t chunks = input.digests.size() / digest_size;
  std::uint64_t offset = pack_header_size;
  std::uint64_t chunk = 0;
  pack.frames.reserve(input.frames.size() / frame_record_size);
  for (std::size_t at = 0; at < input.frames.size(); at += frame_record_size) {
    const FrameRecord record = parse_frame_record(input.frames, at);
    if (offset > size || record.stored_length > size - offset) {
      throw FormatError("pack: frames reach past the end of the file");
    }
    if (record.chunks > chunks - chunk) throw FormatError("pack: number of digests");
    pack.frames.push_back({.offset = offset, .first_chunk = static_cast<std::uint32_t>(chunk)});
    offset += record.stored_length;
    chunk += record.chunks;
  }
  if (chunk != chunks) throw FormatError("pack: number of digests");
  return pack;
}

PackSet::PackSet(const std::vector<PackInput>& packs)
    : index_([this](std::uint32_t number) { return digest_at(number); }) {
  std::uint64_t total = 0;
  packs_.reserve(packs.size());
  for (const PackInput& input : packs) {
    const std::uint64_t base = total;
    total += input.digests.size() / digest_size;
    if (total >= DigestIndex::absent) throw FormatError("packs: number of digests");
    packs_.push_back(open(input));
    packs_.back().base = static_cast<std::uint32_t>(base);
  }
}

void PackSet::index_chunks() {
  std::uint64_t total = 0;
  for (const Pack& pack : packs_) total += pack.input.digests.size() / digest_size;
  index_.reserve(total);
  for (const Pack& pack : packs_) {
    for (std::uint32_t i = 0; i < pack.input.digests.size() / digest_size; i++) {
      index_.insert(pack.input.digests.subspan(i * digest_size, digest_size), pack.base + i);
    }
  }
}

// The last pack that begins at or before `number`; packs without chunks share their base with the
// next.
const PackSet::Pack& PackSet::pack_of(std::uint32_t number) const {
  const auto after =
      std::upper_bound(packs_.begin(), packs_.end(), number,
                       [](std::uint32_t wanted, const Pack& pack) { return wanted < pack.base; });
  return *std::prev(after);
}

Bytes PackSet::digest_at(std::uint32_t number) const {
  const Pack& pack = pack_of(number);
  return pack.input.digests.subspan((number - pack.base) * digest_size, digest_size);
}

std::optional<ChunkLocation> PackSet::find(Bytes digest) const {
  const std::uint32_t number = index_.find(digest);
  if (number == DigestIndex::absent) return std::nullopt;
  const Pack& pack = pack_of(number);
  const std::uint32_t chunk = number - pack.base;
  const auto after = std::upper_bound(
      pack.frames.begin(), pack.frames.end(), chunk,
      [](std::uint32_t wanted, const FramePlace& frame) { return wanted < frame.first_chunk; });
  const auto frame = std::prev(after);
  return ChunkLocation{.pack = static_cast<std::uint32_t>(&pack - packs_.data()),
                       .frame = static_cast<std::uint32_t>(frame - pack.frames.begin()),
                       .slot = chunk - frame->first_chunk};
}

std::uint32_t PackSet::frame_count(std::uint32_t pack) const {
  return static_cast<std::uint32_t>(packs_[pack].frames.size());
}

FrameLocation PackSet::frame(std::uint32_t pack, std::uint32_t frame) const {
  const Pack& from = packs_[pack];
  return {.record = parse_frame_record(from.input.frames, frame * frame_record_size),
          .offset = from.frames[frame].offset,
          .first_chunk = from.frames[frame].first_chunk};
}

Bytes PackSet::digest(std::uint32_t pack, std::uint32_t chunk) const {
  return slice(packs_[pack].input.digests, std::size_t{chunk} * digest_size, digest_size, "digest");
}

}  // namespace nacre::pipeline
