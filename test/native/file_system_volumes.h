#pragma once

#include <concepts>
#include <cstdint>
#include <vector>

#include "core/bytes.h"

/// The smallest volumes that the readers of native/core/file_system accept, byte by byte.
namespace nacre::test {

using Buffer = std::vector<std::byte>;

/// Stores `value` big-endian at `offset`.
template <std::unsigned_integral T>
void put_big_endian(MutableBytes bytes, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof(T); i++) {
    bytes[offset + i] =
        static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8U * (sizeof(T) - 1 - i)));
  }
}
void put_text(MutableBytes bytes, std::size_t offset, const char* text);

/// FAT16 of 5000 clusters of 512 bytes: FAT at sector 1, root directory at 41, clusters from 42.
[[nodiscard]] Buffer fat16_volume();
/// FAT32 of 100 clusters of 512 bytes: FATs at sectors 8 and 9, clusters from 10.
[[nodiscard]] Buffer fat32_volume();
/// 17 clusters of 512 bytes from sector 32: bitmap, up-case table, root directory. FAT at sector
/// 24.
[[nodiscard]] Buffer exfat_volume();
/// Repeats the checksum of the boot region after a change to it.
void seal_exfat(Buffer& volume);
/// 8200 clusters of 512 bytes, $MFT at cluster 4 with records of 1 KiB. $Bitmap, two clusters, has
/// an attribute list: its second cluster is described in record 7.
[[nodiscard]] Buffer ntfs_volume();
/// Offset of an attribute in the volume of `ntfs_volume`.
[[nodiscard]] std::size_t ntfs_attribute(const Buffer& volume, std::uint32_t record,
                                         std::uint32_t type);
/// One group of 256 blocks of 1 KiB: superblock, descriptors in block 2, block bitmap in 3, inode
/// bitmap in 4, inode table from 5.
[[nodiscard]] Buffer ext_volume();
/// Version 4, one AG of 128 blocks of 512 bytes: AGF in block 1, its tree of free extents has a
/// root in block 4 and leaves in 5 and 6. The log is blocks 64 to 95.
[[nodiscard]] Buffer xfs_volume();
/// Two pages of 4 KiB.
[[nodiscard]] Buffer swap_volume();

}  // namespace nacre::test
