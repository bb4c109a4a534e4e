#include "core/pipeline/pack/frame_codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <cstring>
#include <new>
#include <string>

#include "core/pipeline/layout.h"

namespace nacre::pipeline {
namespace {

constexpr std::uint8_t stored_flag = 1;

}  // namespace

std::size_t FrameRecord::raw_length() const { return chunks * chunk_size; }

FrameRecord parse_frame_record(Bytes records, std::size_t offset) {
  const Bytes bytes = slice(records, offset, frame_record_size, "frame record");
  const auto flags = std::to_integer<std::uint8_t>(bytes[5]);
  const FrameRecord record{
      .stored_length = little_endian<std::uint32_t>(bytes, 0, "frame record: stored length"),
      .chunks = std::to_integer<std::uint8_t>(bytes[4]),
      .is_stored = (flags & stored_flag) != 0,
      .check = little_endian<std::uint64_t>(bytes, 8, "frame record: check"),
  };
  if (record.chunks == 0 || record.chunks > max_frame_chunks) {
    throw FormatError("frame record: chunks");
  }
  if ((flags & ~stored_flag) != 0) throw FormatError("frame record: flags");
  if (little_endian<std::uint16_t>(bytes, 6, "frame record: reserved") != 0) {
    throw FormatError("frame record: reserved");
  }
  const bool is_whole = record.stored_length == record.raw_length();
  if (record.stored_length == 0 || record.stored_length > record.raw_length() ||
      (record.is_stored && !is_whole)) {
    throw FormatError("frame record: stored length");
  }
  return record;
}

void serialize_frame_record(const FrameRecord& record, MutableBytes target) {
  put_little_endian(target, 0, record.stored_length);
  target[4] = static_cast<std::byte>(record.chunks);
  target[5] = static_cast<std::byte>(record.is_stored ? stored_flag : 0);
  put_little_endian(target, 8, record.check);
}

std::uint64_t frame_check(DigestAlgorithm algorithm, Bytes stored) {
  return little_endian<std::uint64_t>(digest_of(algorithm, stored), 0, "check");
}

void FrameEncoder::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

FrameEncoder::FrameEncoder(int level, DigestAlgorithm algorithm)
    : context_(ZSTD_createCCtx()), algorithm_(algorithm) {
  if (!context_) throw std::bad_alloc();
  if (level < 1 || level > ZSTD_maxCLevel()) throw FormatError("compression level");
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
}

FrameRecord FrameEncoder::encode(Bytes raw, MutableBytes target) {
  // One byte less room than the input: zstd gives up by itself where it saves nothing.
  const std::size_t length =
      ZSTD_compress2(context_.get(), target.data(), raw.size() - 1, raw.data(), raw.size());
  FrameRecord record{.stored_length = static_cast<std::uint32_t>(length),
                     .chunks = static_cast<std::uint8_t>(raw.size() / chunk_size)};
  if (ZSTD_isError(length) != 0) {
    if (ZSTD_getErrorCode(length) != ZSTD_error_dstSize_tooSmall) {
      throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(length));
    }
    std::memcpy(target.data(), raw.data(), raw.size());
    record.stored_length = static_cast<std::uint32_t>(raw.size());
    record.is_stored = true;
  }
  record.check = frame_check(algorithm_, target.first(record.stored_length));
  return record;
}

void FrameDecoder::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

FrameDecoder::FrameDecoder() : context_(ZSTD_createDCtx()) {
  if (!context_) throw std::bad_alloc();
}

void FrameDecoder::decode(const FrameRecord& record, Bytes stored, MutableBytes raw) {
  if (stored.size() != record.stored_length || raw.size() != record.raw_length()) {
    throw FormatError("frame: buffer");
  }
  if (record.is_stored) {
    if (stored.size() != raw.size()) throw FormatError("frame: stored length");
    std::memcpy(raw.data(), stored.data(), raw.size());
    return;
  }
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != raw.size()) {
    throw FormatError("frame: content size");
  }
  if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) {
    throw FormatError("frame: stored length");
  }
  const std::size_t length =
      ZSTD_decompressDCtx(context_.get(), raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(length) != 0) {
    throw FormatError(std::string("frame: ") + ZSTD_getErrorName(length));
  }
  if (length != raw.size()) throw FormatError("frame: content size");
}

}  // namespace nacre::pipeline
