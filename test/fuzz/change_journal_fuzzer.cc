// Bytes of a journal beside a volume of zeros: what is pending is applied inside the volume, once,
// or refused. The checksums are put right first, or nothing behind them would be reached.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/file_system/crc32c.h"
#include "ntfs/change_journal.h"
#include "ntfs/commit.h"

namespace nacre {
namespace {

class Memory final : public BlockStore {
 public:
  explicit Memory(std::size_t size) : bytes(size) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override {
    const Bytes part = slice(bytes, offset, target.size(), "read outside memory");
    std::copy(part.begin(), part.end(), target.begin());
  }
  void write(std::uint64_t offset, Bytes source) override {
    static_cast<void>(slice(bytes, offset, source.size(), "write outside memory"));
    std::copy(source.begin(), source.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  void flush() override {}

  std::vector<std::byte> bytes;
};

constexpr std::size_t window_size = 8 * 4096;
constexpr std::size_t payload_offset = 8192;

/// Sums of the contents that the first header names, and of the header.
void put_checksums(Memory& store) {
  const MutableBytes bytes(store.bytes);
  const std::uint64_t count = little_endian<std::uint32_t>(bytes, 40, "") % 8;
  put_little_endian(bytes, 40, static_cast<std::uint32_t>(count));
  const std::uint64_t length = files::ChangeJournal::bytes_for(count) - payload_offset;
  if (length > bytes.size() - payload_offset) return;
  put_little_endian(bytes, 44, crc32c(0xffffffffU, bytes.subspan(payload_offset, length)));
  put_little_endian(bytes, 60, crc32c(0xffffffffU, bytes.first(60)));
}

}  // namespace
}  // namespace nacre

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nacre;
  constexpr std::size_t most = 6 * 4096;
  if (size == 0 || size > most) return 0;
  // The first byte chooses between raw bytes and a journal whose sums are right.
  Memory store(payload_offset + most);
  std::copy_n(reinterpret_cast<const std::byte*>(data), size, store.bytes.begin());
  if ((data[0] & 1U) == 0) put_checksums(store);
  Memory window(window_size);
  files::ChangeJournal journal(store, {.offset = 0, .size = window_size});
  try {
    if (files::replay(window, journal) > 0 && journal.pending()) std::abort();
  } catch (const CodedError&) {
    // A refusal leaves the volume as it was.
    if (std::any_of(window.bytes.begin(), window.bytes.end(),
                    [](std::byte byte) { return byte != std::byte{0}; })) {
      std::abort();
    }
  }
  return 0;
}
