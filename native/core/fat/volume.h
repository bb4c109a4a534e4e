#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/block_store.h"
#include "core/fat/directory.h"
#include "core/fat/entry.h"
#include "core/fat/table.h"

namespace nacre::fat {

/// A file or folder as people see it.
struct Item {
  std::string name = {};
  bool is_folder = false;
  std::uint8_t attributes = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_seconds = 0;
};

/// Bytes [offset, offset + length) of a volume.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// How much of a volume is used, in bytes of clusters.
struct Space {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint32_t cluster_bytes = 0;
};

/// The files of a FAT12, FAT16 or FAT32 volume. Paths are components joined by `/`, in UTF-8; case
/// does not matter. Not for several threads.
///
/// Changes reach the disk in an order in which a cut at any write leaves each file as it was or as
/// it shall be; what can be left behind are clusters that belong to nobody, FATs that differ where
/// a chain was written, and the mark "not unmounted". `check` finds and mends them.
class Volume {
 public:
  /// @throws FormatError when there is no FAT volume that can be read.
  explicit Volume(BlockStore& store);
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;
  Volume(Volume&&) = delete;
  Volume& operator=(Volume&&) = delete;
  ~Volume() = default;

  [[nodiscard]] const FatBootSector& boot() const { return boot_; }
  [[nodiscard]] Space space();
  /// True when the volume was not unmounted before this object came.
  [[nodiscard]] bool was_dirty() const { return !was_clean_; }

  /// @throws CodedError FAT_NOT_FOUND, FAT_NOT_A_FOLDER
  [[nodiscard]] std::vector<Item> list(std::string_view path);
  /// Nothing when there is no such file or folder.
  [[nodiscard]] std::optional<Item> find(std::string_view path);
  /// Bytes of a file from `offset` on, at most `length`.
  [[nodiscard]] std::vector<std::byte> read(std::string_view path, std::uint64_t offset,
                                            std::size_t length);
  /// Where the bytes of a file lie on the volume, in order.
  [[nodiscard]] std::vector<ByteRange> ranges(std::string_view path);

  /// Makes a file, or replaces the content of one.
  /// @throws CodedError FAT_FULL, FAT_DIRECTORY_FULL, FAT_NOT_FOUND for a missing folder
  void write(std::string_view path, Bytes content, std::int64_t now_seconds);
  /// One run of free clusters of at least `length` bytes, to be filled before `publish`. It belongs
  /// to nobody until then. @throws CodedError FAT_FULL
  [[nodiscard]] ByteRange reserve(std::uint64_t length);
  /// Makes the reserved bytes, which are on the medium, the content of a file.
  void publish(std::string_view path, ByteRange reserved, std::int64_t now_seconds);
  /// Overwrites bytes of a file in one write of the sector that holds them, and flushes.
  /// @throws FormatError when they do not lie in one sector of the file.
  void overwrite(std::string_view path, std::uint64_t offset, Bytes bytes);
  /// Makes a folder; nothing to do when it is there.
  void make_folder(std::string_view path, std::int64_t now_seconds);
  /// Removes a file or an empty folder; nothing to do when it is not there.
  /// @throws CodedError FAT_FOLDER_NOT_EMPTY
  void remove(std::string_view path);

  /// Ends a series of changes: the count of free clusters, and the mark "unmounted" where it was
  /// set before. Nothing to do without changes.
  void finish();

 private:
  /// Folder and name of a path.
  struct Place {
    Directory folder;
    LongName name;
  };

  [[nodiscard]] static std::vector<LongName> parse_path(std::string_view path);
  [[nodiscard]] Directory open_folder(const std::vector<LongName>& names, std::string_view path);
  [[nodiscard]] Place place_of(std::string_view path);
  /// @throws CodedError FAT_NOT_A_FILE
  [[nodiscard]] std::optional<Entry> find_file(std::string_view path);
  [[nodiscard]] Entry require_file(std::string_view path);
  [[nodiscard]] std::vector<ClusterRun> chain_of(const Entry& entry);
  [[nodiscard]] std::vector<ClusterRun> allocate(std::uint64_t length);
  [[nodiscard]] std::uint32_t clusters_for(std::uint64_t length) const;
  [[nodiscard]] CodedError full(std::uint64_t needed);
  void write_clusters(const std::vector<ClusterRun>& runs, Bytes content);
  void put_entry(std::string_view path, const std::vector<ClusterRun>& runs, std::uint64_t length,
                 std::int64_t now_seconds);
  void add_entry(Directory& folder, const Entry& entry, const std::vector<ClusterRun>& runs,
                 std::string_view path);
  void begin();
  void write_info();

  BlockStore& store_;
  FatBootSector boot_;
  Table table_;
  bool was_clean_;
  bool is_changing_ = false;
};

}  // namespace nacre::fat
