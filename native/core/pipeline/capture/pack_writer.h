#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/file_descriptor.h"
#include "core/pipeline/capture/capture.h"
#include "core/pipeline/pack/frame_codec.h"
#include "core/pipeline/record_array.h"

namespace nacre::pipeline {

/// A pack file that frames are written to.
struct PackFile {
  std::string path;
  FileDescriptor descriptor;

  /// @throws OsError with the path of the pack (ENOSPC, EFBIG, EIO, …)
  void write(std::uint64_t offset, Bytes bytes) const;

 private:
  void write_all(std::uint64_t offset, Bytes bytes) const;
};

/// Frames that lie next to each other in one pack file: where to write them.
struct PackWrite {
  std::shared_ptr<const PackFile> file;
  std::uint64_t offset = 0;
  std::size_t length = 0;
};

/// Gives every frame its place: packs `0.pack`, `1.pack`, … of at most `limit` bytes including the
/// index that will follow. A file is made when its first frame comes. Not thread-safe: places are
/// given in order.
class PackWriter {
 public:
  /// `max_frames` bounds the frames in all packs. @throws FormatError for a limit that holds no
  /// frame.
  PackWriter(std::string directory, std::uint64_t limit, std::uint64_t max_frames);

  /// Places `frames`, whose bytes follow each other in the caller's buffer. @returns what to write
  /// where.
  [[nodiscard]] std::vector<PackWrite> place(std::span<const FrameRecord> frames);

  /// Brings all packs to the medium and describes them; `digests` are those of all frames in order.
  [[nodiscard]] std::vector<CapturedPack> finish(Bytes digests);
  [[nodiscard]] std::shared_ptr<const RecordArray> frame_records() const { return records_; }

 private:
  struct Pack {
    std::shared_ptr<const PackFile> file;
    std::uint64_t size;
    std::uint64_t frames;
    std::uint64_t chunks;
  };

  [[nodiscard]] bool fits(const Pack& pack, const FrameRecord& frame) const;
  void open_next();

  std::string directory_;
  std::uint64_t limit_;
  std::shared_ptr<RecordArray> records_;
  std::vector<Pack> packs_;
};

}  // namespace nacre::pipeline
