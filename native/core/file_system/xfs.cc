// AGF, the second sector of an AG, big-endian: 0 "XAGF", 4 version u32, 8 AG number u32, 12 length
// u32, 16 root of the free-space tree by block number u32, 28 its levels u32, 216 checksum. Tree
// block: 0 magic, 4 level u16, 6 records u16, 12 right sibling u32; version 5 has a header of 56
// bytes (16 own address u64 in 512-byte units, 52 checksum), version 4 one of 16. Leaf records are
// start and count, u32 each; inner blocks have room for keys (8 bytes) and then pointers (4 bytes).
#include "core/file_system/xfs.h"

#include "core/file_system/metadata_reader.h"
#include "core/file_system/xfs_log.h"
#include "core/file_system/xfs_superblock.h"

namespace nacre {
namespace {

constexpr std::uint32_t no_block = 0xffffffff;
constexpr std::uint32_t most_levels = 9;

/// One walk through the free extents of an AG in rising order, marking the gaps between them.
class FreeSpaceWalk {
 public:
  FreeSpaceWalk(MetadataReader& reader, const XfsSuperblock& super, std::uint64_t ag,
                UsedBlocks& used)
      : reader_(reader), super_(super), ag_(ag), blocks_(super.blocks_of_ag(ag)), used_(used) {}

  void run() {
    std::uint32_t block = first_leaf();
    while (block != no_block) {
      // Records only rise, so a chain that comes back to itself ends at the first repeated one;
      // empty leaves, which would not, are no part of a tree with more than one block.
      const std::vector<std::byte> leaf = tree_block(block, 0);
      const auto sibling = big_endian<std::uint32_t>(leaf, 12, "XFS tree block");
      if (records(leaf) == 0 && sibling != no_block) throw FormatError("XFS tree block: records");
      mark_gaps(leaf);
      block = sibling;
    }
    mark(next_, blocks_);
  }

 private:
  [[nodiscard]] std::size_t header_bytes() const { return super_.has_checksums ? 56 : 16; }

  [[nodiscard]] static std::uint32_t records(Bytes block) {
    return big_endian<std::uint16_t>(block, 6, "XFS tree block");
  }

  std::uint32_t first_leaf() {
    const std::vector<std::byte> agf =
        reader_.read(super_.ag_offset(ag_) + super_.sector_bytes, super_.sector_bytes, "XFS AGF");
    if (super_.has_checksums) check_xfs_checksum(agf, 216, "XFS AGF: checksum");
    const auto field = [&](std::size_t offset) {
      return big_endian<std::uint32_t>(agf, offset, "XFS AGF");
    };
    if (!has_text(agf, 0, "XAGF") || field(4) != 1) throw FormatError("XFS AGF: magic");
    if (field(8) != ag_ || field(12) != blocks_) throw FormatError("XFS AGF: number or length");
    const std::uint32_t levels = field(28);
    if (levels == 0 || levels > most_levels) throw FormatError("XFS AGF: levels");
    std::uint32_t block = field(16);
    for (std::uint32_t level = levels - 1; level > 0; level--) {
      const std::vector<std::byte> inner = tree_block(block, level);
      if (records(inner) == 0) throw FormatError("XFS tree block: records");
      const std::size_t room = (super_.block_bytes - header_bytes()) / 12;
      block = big_endian<std::uint32_t>(inner, header_bytes() + room * 8, "XFS tree block");
    }
    return block;
  }

  std::vector<std::byte> tree_block(std::uint32_t number, std::uint32_t level) {
    if (number >= blocks_) throw FormatError("XFS tree block: number");
    const std::uint64_t offset = super_.ag_offset(ag_) + std::uint64_t{number} * super_.block_bytes;
    std::vector<std::byte> bytes = reader_.read(offset, super_.block_bytes, "XFS tree block");
    if (!has_text(bytes, 0, super_.has_checksums ? "AB3B" : "ABTB")) {
      throw FormatError("XFS tree block: magic");
    }
    if (super_.has_checksums) {
      check_xfs_checksum(bytes, 52, "XFS tree block: checksum");
      if (big_endian<std::uint64_t>(bytes, 16, "XFS tree block") != offset / 512) {
        throw FormatError("XFS tree block: address");
      }
    }
    if (big_endian<std::uint16_t>(bytes, 4, "XFS tree block") != level) {
      throw FormatError("XFS tree block: level");
    }
    return bytes;
  }

  void mark_gaps(Bytes leaf) {
    for (std::uint32_t i = 0; i < records(leaf); i++) {
      const std::size_t at = header_bytes() + std::size_t{i} * 8;
      const std::uint64_t start = big_endian<std::uint32_t>(leaf, at, "XFS free extent");
      const std::uint64_t count = big_endian<std::uint32_t>(leaf, at + 4, "XFS free extent");
      if (count == 0 || start < next_ || start >= blocks_ || count > blocks_ - start) {
        throw FormatError("XFS free extent");
      }
      mark(next_, start);
      next_ = start + count;
    }
  }

  void mark(std::uint64_t from, std::uint64_t to) {
    used_.mark(super_.ag_offset(ag_) + from * super_.block_bytes, (to - from) * super_.block_bytes);
  }

  MetadataReader& reader_;
  const XfsSuperblock& super_;
  std::uint64_t ag_;
  std::uint64_t blocks_;
  UsedBlocks& used_;
  /// First block that no record so far lies before.
  std::uint64_t next_ = 0;
};

XfsSuperblock read_superblock(MetadataReader& reader) {
  const std::vector<std::byte> start = reader.read(0, XfsSuperblock::length, "XFS superblock");
  if (!is_xfs_superblock(start)) throw FormatError("XFS superblock: magic");
  return parse_xfs_superblock(reader.read(0, xfs_sector_bytes(start), "XFS superblock"),
                              reader.size());
}

void set_state(MetadataReader& reader, Bytes start, const XfsSuperblock& super,
               VolumeReport& report) {
  if (super.has_external_log) {
    report.state = VolumeState::unsupported;
    report.reason = "log on another device";
  } else if (!is_xfs_log_clean(reader, super)) {
    report.state = VolumeState::journal;
    report.reason = "log does not end with an unmount record";
  } else if (xfs_needs_repair(start)) {
    report.state = VolumeState::dirty;
    report.reason = "needs xfs_repair";
  }
}

}  // namespace

std::optional<VolumeReport> probe_xfs(const BlockReader& partition) {
  if (partition.size() < XfsSuperblock::length) return std::nullopt;
  MetadataReader reader(partition);
  const std::vector<std::byte> start = reader.read(0, XfsSuperblock::length, "XFS superblock");
  if (!is_xfs_superblock(start)) return std::nullopt;
  VolumeReport report;
  report.type = FileSystemType::xfs;
  report.uuid = uuid_text(slice(start, 32, 16, "XFS UUID"));
  report.label = text_field(slice(start, 108, 12, "XFS label"));
  const std::string unknown = unknown_xfs_features(start);
  if (!unknown.empty()) {
    report.state = VolumeState::unsupported;
    report.reason = "unknown here: " + unknown;
    return report;
  }
  try {
    const XfsSuperblock super = read_superblock(reader);
    report.cluster_bytes = super.block_bytes;
    report.volume_bytes = super.blocks * super.block_bytes;
    set_state(reader, start, super, report);
  } catch (const FormatError& error) {
    report.state = VolumeState::damaged;
    report.reason = error.what();
  }
  return report;
}

void mark_xfs(const BlockReader& partition, UsedBlocks& used) {
  MetadataReader reader(partition);
  const std::vector<std::byte> start = reader.read(0, XfsSuperblock::length, "XFS superblock");
  if (!unknown_xfs_features(start).empty()) throw FormatError("XFS superblock: features");
  const XfsSuperblock super = read_superblock(reader);
  for (std::uint64_t ag = 0; ag < super.ag_count; ag++) {
    FreeSpaceWalk(reader, super, ag, used).run();
  }
}

}  // namespace nacre
