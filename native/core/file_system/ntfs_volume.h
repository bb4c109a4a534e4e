#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/file_system/metadata_reader.h"
#include "core/file_system/ntfs_boot_sector.h"
#include "core/file_system/ntfs_record.h"

namespace nacre {

/// The content of an attribute, wherever it lies. Compressed and encrypted ones are read as stored.
struct NtfsStream {
  std::vector<std::byte> resident;
  bool is_resident = false;
  std::vector<NtfsRun> runs;
  std::uint64_t size = 0;
  /// Bytes from here on read as zero.
  std::uint64_t initialised = 0;
};

/// Records and streams of an NTFS volume, read only.
class NtfsVolume {
 public:
  static constexpr std::uint64_t mirror_file = 1;
  static constexpr std::uint64_t log_file = 2;
  static constexpr std::uint64_t volume_file = 3;
  static constexpr std::uint64_t root_directory = 5;
  static constexpr std::uint64_t bitmap_file = 6;

  /// @throws FormatError when the boot sector or $MFT's own record cannot be followed.
  explicit NtfsVolume(const BlockReader& partition);

  [[nodiscard]] const NtfsBootSector& boot() const { return boot_; }
  /// A record with its fixups applied. @throws FormatError when it is none.
  [[nodiscard]] std::vector<std::byte> record(std::uint64_t number);
  /// An attribute of a file, gathered through its attribute list; nothing where the file has no
  /// such one.
  [[nodiscard]] std::optional<NtfsStream> stream(std::uint64_t number, NtfsAttributeType type,
                                                 const std::string& name);
  /// `length` bytes of a stream; at most MetadataReader::max_length. @throws FormatError past its
  /// end.
  [[nodiscard]] std::vector<std::byte> read(const NtfsStream& stream, std::uint64_t offset,
                                            std::size_t length);
  /// @throws FormatError when clusters are missing in the middle, which a system file cannot have.
  void require_solid(const NtfsStream& stream) const;

 private:
  void gather(std::uint64_t number, NtfsAttributeType type, const std::string& name,
              NtfsStream& stream, bool& is_found);
  bool add_attribute(const NtfsAttribute& attribute, NtfsStream& stream);
  [[nodiscard]] std::vector<std::byte> read_value(const NtfsAttribute& attribute);
  void read_run(const NtfsStream& stream, std::uint64_t offset, MutableBytes target);

  MetadataReader reader_;
  NtfsBootSector boot_;
  NtfsStream mft_;
};

}  // namespace nacre
