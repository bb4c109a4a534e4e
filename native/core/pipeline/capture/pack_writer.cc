#include "core/pipeline/capture/pack_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/pipeline/layout.h"

namespace nacre::pipeline {
namespace {

// A pack goes to the disk in steps of this.
constexpr std::uint64_t write_behind = std::uint64_t{8} << 20U;
constexpr std::uint64_t max_pack_frames = 1U << 24U;

std::uint64_t index_size(std::uint64_t frames, std::uint64_t chunks) {
  return pack_index_header_size + frames * frame_record_size + chunks * digest_size +
         pack_footer_size;
}

}  // namespace

void PackFile::write(std::uint64_t offset, Bytes bytes) const {
  write_all(offset, bytes);
  // Left alone, the kernel keeps gigabytes for the last fsync. What goes wrong here fails there.
  const std::uint64_t begin = offset / write_behind * write_behind;
  const std::uint64_t end = (offset + bytes.size()) / write_behind * write_behind;
  if (begin == end) return;
  static_cast<void>(::sync_file_range(descriptor.get(), static_cast<off_t>(begin),
                                      static_cast<off_t>(end - begin), SYNC_FILE_RANGE_WRITE));
}

void PackFile::write_all(std::uint64_t offset, Bytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw OsError(count < 0 ? errno : EIO, "pwrite", path);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

PackWriter::PackWriter(std::string directory, std::uint64_t limit, std::uint64_t max_frames)
    : directory_(std::move(directory)),
      limit_(limit),
      records_(std::make_shared<RecordArray>(max_frames * frame_record_size)) {
  if (limit < pack_header_size + frame_cap * chunk_size + index_size(1, frame_cap)) {
    throw FormatError("pack limit");
  }
}

bool PackWriter::fits(const Pack& pack, const FrameRecord& frame) const {
  return pack.frames < max_pack_frames &&
         pack.size + frame.stored_length +
                 index_size(pack.frames + 1, pack.chunks + frame.chunks) <=
             limit_;
}

void PackWriter::open_next() {
  const std::string path = directory_ + "/" + std::to_string(packs_.size()) + ".pack";
  auto file = std::make_shared<PackFile>();
  file->path = path;
  file->descriptor = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0644);
  packs_.push_back({.file = std::move(file), .size = pack_header_size, .frames = 0, .chunks = 0});
}

std::vector<PackWrite> PackWriter::place(std::span<const FrameRecord> frames) {
  std::vector<PackWrite> writes;
  for (const FrameRecord& frame : frames) {
    const bool is_new_file = packs_.empty() || !fits(packs_.back(), frame);
    if (is_new_file) open_next();
    Pack& pack = packs_.back();
    if (is_new_file || writes.empty()) {
      writes.push_back({.file = pack.file, .offset = pack.size, .length = 0});
    }
    writes.back().length += frame.stored_length;
    pack.size += frame.stored_length;
    pack.frames++;
    pack.chunks += frame.chunks;
    serialize_frame_record(frame, records_->append(frame_record_size));
  }
  return writes;
}

std::vector<CapturedPack> PackWriter::finish(Bytes digests) {
  std::vector<CapturedPack> described;
  Bytes frames = records_->bytes();
  for (const Pack& pack : packs_) {
    if (::fsync(pack.file->descriptor.get()) != 0) throw OsError(errno, "fsync", pack.file->path);
    const std::size_t frame_bytes = pack.frames * frame_record_size;
    const std::size_t digest_bytes = pack.chunks * digest_size;
    described.push_back({.path = pack.file->path,
                         .frames = frames.first(frame_bytes),
                         .digests = digests.first(digest_bytes),
                         .size = pack.size});
    frames = frames.subspan(frame_bytes);
    digests = digests.subspan(digest_bytes);
  }
  return described;
}

}  // namespace nacre::pipeline
