// A frame record with stored bytes behind it, as a pack holds them: decoding gives whole chunks or
// a FormatError, whatever the bytes say, and what an encoder makes of the result decodes to the
// same.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/pipeline/layout.h"
#include "core/pipeline/pack/frame_codec.h"

using nacre::Bytes;
using nacre::DigestAlgorithm;
using nacre::FormatError;
using nacre::pipeline::FrameDecoder;
using nacre::pipeline::FrameEncoder;
using nacre::pipeline::FrameRecord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  static FrameDecoder decoder;
  static FrameEncoder encoder(1, DigestAlgorithm::blake3);
  try {
    FrameRecord record = nacre::pipeline::parse_frame_record(input, 0);
    const Bytes stored = input.subspan(nacre::pipeline::frame_record_size);
    // The stored length follows the input, so that the decompressor is reached more often.
    record.stored_length = static_cast<std::uint32_t>(stored.size());
    std::vector<std::byte> raw(record.raw_length());
    decoder.decode(record, stored, raw);
    std::vector<std::byte> again(raw.size());
    const FrameRecord made = encoder.encode(raw, again);
    std::vector<std::byte> back(raw.size());
    decoder.decode(made, Bytes(again).first(made.stored_length), back);
    if (back != raw) std::abort();
  } catch (const FormatError&) {
  }
  return 0;
}
