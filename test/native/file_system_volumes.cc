#include "file_system_volumes.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace nacre::test {
namespace {

void put8(Buffer& bytes, std::size_t offset, unsigned value) {
  bytes.at(offset) = static_cast<std::byte>(value);
}
void put16(Buffer& bytes, std::size_t offset, std::uint16_t value) {
  put_little_endian<std::uint16_t>(bytes, offset, value);
}
void put32(Buffer& bytes, std::size_t offset, std::uint32_t value) {
  put_little_endian<std::uint32_t>(bytes, offset, value);
}
void put64(Buffer& bytes, std::size_t offset, std::uint64_t value) {
  put_little_endian<std::uint64_t>(bytes, offset, value);
}

void put_bpb(Buffer& volume, std::uint16_t reserved, unsigned fats) {
  put_text(volume, 0, "\xeb\x3c\x90MSWIN4.1");
  put16(volume, 11, 512);
  put8(volume, 13, 1);
  put16(volume, 14, reserved);
  put8(volume, 16, fats);
  put8(volume, 21, 0xf8);
  put16(volume, 510, 0xaa55);
}

constexpr std::size_t ntfs_cluster = 512;
constexpr std::size_t ntfs_record = 1024;
constexpr std::size_t ntfs_table = 4 * ntfs_cluster;

/// Adds attributes one behind the other to a FILE record.
class RecordWriter {
 public:
  RecordWriter(Buffer& volume, std::uint32_t number, std::uint64_t base = 0)
      : volume_(volume), start_(ntfs_table + number * ntfs_record), at_(start_ + 56) {
    put_text(volume_, start_, "FILE");
    put16(volume_, start_ + 4, 48);
    put16(volume_, start_ + 6, 3);
    put16(volume_, start_ + 16, 1);
    put16(volume_, start_ + 20, 56);
    put16(volume_, start_ + 22, 1);
    put64(volume_, start_ + 32, base);
    for (const std::size_t place : {48UL, 510UL, 1022UL}) put16(volume_, start_ + place, 1);
    end();
  }

  void add_resident(std::uint32_t type, Bytes value, const std::string& name = "") {
    const std::size_t value_at = 24 + (name.size() * 2 + 7) / 8 * 8;
    put_header(type, (value_at + value.size() + 7) / 8 * 8, 24, name);
    put32(volume_, at_ + 16, static_cast<std::uint32_t>(value.size()));
    put16(volume_, at_ + 20, static_cast<std::uint16_t>(value_at));
    std::copy(value.begin(), value.end(),
              volume_.begin() + static_cast<std::ptrdiff_t>(at_ + value_at));
    next();
  }

  /// One run.
  void add_clusters(std::uint32_t type, std::uint64_t vcn, std::uint16_t lcn, unsigned clusters,
                    std::uint64_t size) {
    put_header(type, 72, 64, "");
    put8(volume_, at_ + 8, 1);
    put64(volume_, at_ + 16, vcn);
    put64(volume_, at_ + 24, vcn + clusters - 1);
    put16(volume_, at_ + 32, 64);
    for (const std::size_t place : {40UL, 48UL, 56UL}) put64(volume_, at_ + place, size);
    put8(volume_, at_ + 64, 0x21);
    put8(volume_, at_ + 65, clusters);
    put16(volume_, at_ + 66, lcn);
    next();
  }

 private:
  void put_header(std::uint32_t type, std::size_t length, std::uint16_t name_at,
                  const std::string& name) {
    std::fill_n(volume_.begin() + static_cast<std::ptrdiff_t>(at_), length, std::byte{0});
    put32(volume_, at_, type);
    put32(volume_, at_ + 4, static_cast<std::uint32_t>(length));
    put8(volume_, at_ + 9, static_cast<unsigned>(name.size()));
    put16(volume_, at_ + 10, name_at);
    for (std::size_t i = 0; i < name.size(); i++) {
      put16(volume_, at_ + name_at + 2 * i, static_cast<unsigned char>(name[i]));
    }
  }
  void next() {
    at_ += little_endian<std::uint32_t>(volume_, at_ + 4, "length");
    end();
  }
  void end() {
    put32(volume_, at_, 0xffffffff);
    put32(volume_, start_ + 24, static_cast<std::uint32_t>(at_ + 8 - start_));
  }

  Buffer& volume_;
  std::size_t start_;
  std::size_t at_;
};

void put_list_entry(Buffer& list, std::size_t offset, std::uint64_t vcn, std::uint64_t record) {
  put32(list, offset, 0x80);
  put16(list, offset + 4, 32);
  put8(list, offset + 7, 26);
  put64(list, offset + 8, vcn);
  put64(list, offset + 16, record | std::uint64_t{1} << 48U);
}

}  // namespace

void put_text(MutableBytes bytes, std::size_t offset, const char* text) {
  std::memcpy(bytes.data() + offset, text, std::strlen(text));
}

Buffer fat16_volume() {
  Buffer volume(5042 * 512);
  put_bpb(volume, 1, 2);
  put16(volume, 17, 16);
  put16(volume, 19, 5042);
  put16(volume, 22, 20);
  for (const std::size_t fat : {512UL, 21UL * 512}) {
    put16(volume, fat, 0xfff8);
    put16(volume, fat + 2, 0xffff);
    put16(volume, fat + 2 * 100, 0xffff);
  }
  return volume;
}

Buffer fat32_volume() {
  Buffer volume(110 * 512);
  put_bpb(volume, 8, 2);
  put32(volume, 32, 110);
  put32(volume, 36, 1);
  put32(volume, 44, 2);
  put16(volume, 50, 6);
  std::copy_n(volume.begin(), 512, volume.begin() + 6 * 512);
  for (const std::size_t fat : {8UL * 512, 9UL * 512}) {
    put32(volume, fat, 0x0ffffff8);
    put32(volume, fat + 4, 0x0fffffff);
    put32(volume, fat + 8, 0x0fffffff);
  }
  return volume;
}

void seal_exfat(Buffer& volume) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 11UL * 512; i++) {
    if (i == 106 || i == 107 || i == 112) continue;
    sum = ((sum << 31U) | (sum >> 1U)) + std::to_integer<std::uint32_t>(volume[i]);
  }
  for (std::size_t at = 11UL * 512; at < 12UL * 512; at += 4) put32(volume, at, sum);
}

Buffer exfat_volume() {
  Buffer volume(49 * 512);
  put_text(volume, 3, "EXFAT   ");
  put64(volume, 72, 49);
  put32(volume, 80, 24);
  put32(volume, 84, 1);
  put32(volume, 88, 32);
  put32(volume, 92, 17);
  put32(volume, 96, 4);
  put16(volume, 104, 0x100);
  put8(volume, 108, 9);
  put8(volume, 109, 0);
  put8(volume, 110, 1);
  put16(volume, 510, 0xaa55);
  seal_exfat(volume);
  for (std::size_t entry = 0; entry < 5; entry++) put32(volume, 24 * 512 + entry * 4, 0xffffffff);
  // Bitmap: clusters 2, 3, 4 and the last, 18.
  put8(volume, 32 * 512, 0x07);
  put8(volume, 32 * 512 + 2, 0x01);
  const std::size_t root = 34 * 512;
  put8(volume, root, 0x81);
  put32(volume, root + 20, 2);
  put64(volume, root + 24, 3);
  put8(volume, root + 32, 0x82);
  put32(volume, root + 32 + 20, 3);
  put64(volume, root + 32 + 24, 60);
  put8(volume, root + 64, 0x83);
  put8(volume, root + 65, 1);
  put8(volume, root + 66, 'x');
  return volume;
}

Buffer ntfs_volume() {
  constexpr std::uint64_t clusters = 8200;
  Buffer volume((clusters + 1) * ntfs_cluster);
  put_text(volume, 3, "NTFS    ");
  put16(volume, 11, 512);
  put8(volume, 13, 1);
  put64(volume, 40, clusters);
  put64(volume, 48, 4);
  put8(volume, 64, 0xf6);
  RecordWriter(volume, 0).add_clusters(0x80, 0, 4, 16, 8 * ntfs_record);
  RecordWriter(volume, 1).add_clusters(0x80, 0, 20, 8, 4 * ntfs_record);
  RecordWriter(volume, 2).add_clusters(0x80, 0, 28, 1, ntfs_cluster);
  Buffer information(12);
  put8(information, 8, 3);
  RecordWriter(volume, 3).add_resident(0x70, information);
  RecordWriter(volume, 4);
  Buffer index(32);
  put32(index, 8, 4096);
  put32(index, 16, 16);
  put32(index, 20, 16);
  RecordWriter(volume, 5).add_resident(0x90, index, "$I30");
  Buffer list(64);
  put_list_entry(list, 0, 0, 6);
  put_list_entry(list, 32, 2, 7);
  RecordWriter bitmap(volume, 6);
  bitmap.add_resident(0x20, list);
  bitmap.add_clusters(0x80, 0, 29, 2, 3 * ntfs_cluster);
  RecordWriter(volume, 7, 6).add_clusters(0x80, 2, 40, 1, 0);
  std::copy_n(volume.begin() + ntfs_table, 4 * ntfs_record, volume.begin() + 20 * ntfs_cluster);
  std::fill_n(volume.begin() + 28 * ntfs_cluster, ntfs_cluster, std::byte{0xff});
  // Clusters 0 to 31, 40, and the last: bit 8 of the third cluster of $Bitmap.
  std::fill_n(volume.begin() + 29 * ntfs_cluster, 4, std::byte{0xff});
  put8(volume, 29 * ntfs_cluster + 5, 0x01);
  put8(volume, 40 * ntfs_cluster, 0x80);
  std::copy_n(volume.begin(), 512,
              volume.begin() + static_cast<std::ptrdiff_t>(clusters * ntfs_cluster));
  return volume;
}

std::size_t ntfs_attribute(const Buffer& volume, std::uint32_t record, std::uint32_t type) {
  std::size_t at = ntfs_table + record * ntfs_record + 56;
  while (little_endian<std::uint32_t>(volume, at, "type") != type) {
    at += little_endian<std::uint32_t>(volume, at + 4, "length");
  }
  return at;
}

Buffer ext_volume() {
  Buffer volume(257 * 1024);
  const std::size_t super = 1024;
  put32(volume, super + 4, 257);
  put32(volume, super + 20, 1);
  put32(volume, super + 32, 256);
  put32(volume, super + 36, 256);
  put32(volume, super + 40, 16);
  put16(volume, super + 56, 0xef53);
  put16(volume, super + 58, 1);
  put32(volume, super + 76, 1);
  put16(volume, super + 88, 128);
  put32(volume, 2048, 3);
  put32(volume, 2048 + 4, 4);
  put32(volume, 2048 + 8, 5);
  // Blocks 1 to 6 and 256.
  put8(volume, 3 * 1024, 0x3f);
  put8(volume, 3 * 1024 + 31, 0x80);
  return volume;
}

Buffer xfs_volume() {
  Buffer volume(128 * 512);
  put_text(volume, 0, "XFSB");
  put_big_endian<std::uint32_t>(volume, 4, 512);
  put_big_endian<std::uint64_t>(volume, 8, 128);
  put_big_endian<std::uint64_t>(volume, 48, 64);
  put_big_endian<std::uint32_t>(volume, 84, 128);
  put_big_endian<std::uint32_t>(volume, 88, 1);
  put_big_endian<std::uint32_t>(volume, 96, 32);
  put_big_endian<std::uint16_t>(volume, 100, 4);
  put_big_endian<std::uint16_t>(volume, 102, 512);
  put8(volume, 124, 7);
  put_text(volume, 512, "XAGF");
  put_big_endian<std::uint32_t>(volume, 512 + 4, 1);
  put_big_endian<std::uint32_t>(volume, 512 + 12, 128);
  put_big_endian<std::uint32_t>(volume, 512 + 16, 4);
  put_big_endian<std::uint32_t>(volume, 512 + 28, 2);
  const auto put_block = [&](std::size_t block, std::uint16_t level, std::uint32_t right) {
    put_text(volume, block * 512, "ABTB");
    put_big_endian<std::uint16_t>(volume, block * 512 + 4, level);
    put_big_endian<std::uint16_t>(volume, block * 512 + 6, level == 0 ? 1 : 2);
    put_big_endian<std::uint32_t>(volume, block * 512 + 12, right);
  };
  put_block(4, 1, 0xffffffff);
  // Room for 41 keys and pointers of 12 bytes behind 16 bytes of header.
  put_big_endian<std::uint32_t>(volume, 4 * 512 + 16 + 41 * 8, 5);
  put_big_endian<std::uint32_t>(volume, 4 * 512 + 16 + 41 * 8 + 4, 6);
  put_block(5, 0, 6);
  put_big_endian<std::uint32_t>(volume, 5 * 512 + 16, 16);
  put_big_endian<std::uint32_t>(volume, 5 * 512 + 20, 8);
  put_block(6, 0, 0xffffffff);
  put_big_endian<std::uint32_t>(volume, 6 * 512 + 16, 104);
  put_big_endian<std::uint32_t>(volume, 6 * 512 + 20, 16);
  return volume;
}

Buffer swap_volume() {
  Buffer volume(2 * 4096);
  put32(volume, 1024, 1);
  put32(volume, 1028, 1);
  put_text(volume, 4086, "SWAPSPACE2");
  return volume;
}

}  // namespace nacre::test
