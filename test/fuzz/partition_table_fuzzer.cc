// Reads partition tables of hostile disks, and plans to write what was read.
//
// Input: a byte that chooses sector size and length of the disk, then records of (offset, bytes)
// that lie on a disk of zeros: tables are at both ends of a disk, which a flat input would never
// reach.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/partition_table/crc32.h"
#include "core/partition_table/gpt.h"
#include "core/partition_table/table.h"

namespace {

constexpr std::size_t disk_bytes = 256UL * 1024;
constexpr std::size_t record_bytes = 512;

class FuzzDisk final : public nacre::BlockReader {
 public:
  explicit FuzzDisk(std::size_t size) : size_(size) { bytes_.fill(std::byte{0}); }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, nacre::MutableBytes target) const override {
    const nacre::Bytes part =
        nacre::slice(nacre::Bytes(bytes_).first(size_), offset, target.size(), "disk");
    std::copy(part.begin(), part.end(), target.begin());
  }
  [[nodiscard]] nacre::MutableBytes bytes() { return nacre::MutableBytes(bytes_).first(size_); }

 private:
  std::size_t size_;
  static inline std::array<std::byte, disk_bytes> bytes_;
};

void fill(nacre::MutableBytes disk, nacre::Bytes input) {
  while (input.size() >= 2) {
    const auto at = nacre::little_endian<std::uint16_t>(input, 0, "place") * std::size_t{8};
    input = input.subspan(2);
    // The last places of the number count from the end of the disk.
    const std::size_t offset =
        at < 0x40000 ? at : disk.size() - std::min(disk.size(), at - 0x40000);
    const std::size_t length =
        std::min({input.size(), record_bytes, disk.size() - std::min(offset, disk.size())});
    std::copy_n(input.begin(), length, disk.begin() + static_cast<std::ptrdiff_t>(offset));
    input = input.subspan(std::min(input.size(), record_bytes));
  }
}

// Without right checksums a mutated header is never looked at closely.
void mend_checksums(nacre::MutableBytes disk, std::uint32_t sector_size) {
  const std::size_t sectors = disk.size() / sector_size;
  for (const std::size_t lba : {std::size_t{1}, sectors - 1}) {
    if (lba >= sectors) continue;
    const nacre::MutableBytes header = disk.subspan(lba * sector_size, sector_size);
    if (!nacre::has_gpt_signature(header)) continue;
    const auto entries = nacre::little_endian<std::uint64_t>(header, 72, "entries");
    const std::uint64_t length =
        std::uint64_t{nacre::little_endian<std::uint32_t>(header, 80, "count")} *
        nacre::little_endian<std::uint32_t>(header, 84, "size");
    if (entries < sectors && length <= disk.size() - entries * sector_size) {
      nacre::put_little_endian(header, 88,
                               nacre::crc32(disk.subspan(entries * sector_size, length)));
    }
    const auto size = nacre::little_endian<std::uint32_t>(header, 12, "header size");
    nacre::put_little_endian<std::uint32_t>(header, 16, 0);
    nacre::put_little_endian(header, 16,
                             nacre::crc32(header.first(std::min<std::size_t>(size, sector_size))));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint32_t sector_size = (data[0] & 1U) != 0 ? 4096 : 512;
  FuzzDisk disk((data[1] & 3U) == 3 ? disk_bytes : (data[1] + 1U) * 512UL);
  fill(disk.bytes(), {reinterpret_cast<const std::byte*>(data + 2), size - 2});
  if ((data[0] & 2U) != 0 && disk.size() >= 2UL * sector_size) {
    mend_checksums(disk.bytes(), sector_size);
  }
  static_cast<void>(nacre::probe_sector_size(disk));
  const nacre::PartitionTable table = nacre::read_partition_table(disk, sector_size);
  try {
    static_cast<void>(nacre::plan_partition_table_write(disk, sector_size, table));
  } catch (const nacre::CodedError&) {
    // A damaged table is refused; a crash or a hang is what this looks for.
  }
  return 0;
}
