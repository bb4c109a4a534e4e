#include "core/file_system/ext.h"

#include "core/file_system/ext_groups.h"
#include "core/file_system/ext_superblock.h"
#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

std::vector<std::byte> read_superblock(MetadataReader& reader) {
  return reader.read(ExtSuperblock::offset, ExtSuperblock::length, "ext superblock");
}

// Multiple mount protection: a block with a sequence number, this one when nobody has the volume
// open.
void check_mmp(MetadataReader& reader, Bytes superblock, const ExtSuperblock& super,
               VolumeReport& report) {
  constexpr std::uint32_t magic = 0x004d4d50;
  constexpr std::uint32_t clean = 0xff4d4d50;
  if (!super.has_incompat(ext::incompat_mmp)) return;
  const auto block = little_endian<std::uint64_t>(superblock, 360, "ext MMP block");
  if (block >= super.blocks) throw FormatError("ext superblock: MMP block");
  const auto bytes = reader.read(block * super.block_bytes, 1024, "ext MMP block");
  if (little_endian<std::uint32_t>(bytes, 0, "ext MMP block") != magic) {
    throw FormatError("ext MMP block: magic");
  }
  if (little_endian<std::uint32_t>(bytes, 4, "ext MMP block") != clean) {
    report.state = VolumeState::dirty;
    report.reason = "in use by another host (MMP block)";
  }
}

// s_state at 58: bit 0 cleanly unmounted, bit 1 errors found.
void set_state(MetadataReader& reader, Bytes superblock, const ExtSuperblock& super,
               VolumeReport& report) {
  const auto state = little_endian<std::uint16_t>(superblock, 58, "ext state");
  check_mmp(reader, superblock, super, report);
  if ((state & 1U) == 0) {
    report.state = VolumeState::dirty;
    report.reason = "not cleanly unmounted";
  }
  if ((state & 2U) != 0) {
    report.state = VolumeState::dirty;
    report.reason = "errors were found (state ERROR_FS)";
  }
  if (super.has_ro_compat(ext::ro_compat_orphan_present)) {
    report.state = VolumeState::journal;
    report.reason = "orphan file holds unfinished deletions";
  }
  if (super.has_incompat(ext::incompat_recover)) {
    report.state = VolumeState::journal;
    report.reason = "journal needs recovery";
  }
}

}  // namespace

std::optional<VolumeReport> probe_ext(const BlockReader& partition) {
  if (partition.size() < ExtSuperblock::offset + ExtSuperblock::length) return std::nullopt;
  MetadataReader reader(partition);
  const std::vector<std::byte> superblock = read_superblock(reader);
  if (!is_ext_superblock(superblock) || is_ext_journal_device(superblock)) return std::nullopt;
  VolumeReport report;
  report.type = ext_type(superblock);
  report.uuid = uuid_text(slice(superblock, 104, 16, "ext UUID"));
  report.label = text_field(slice(superblock, 120, 16, "ext label"));
  const std::string unknown = unknown_ext_features(superblock);
  try {
    const ExtSuperblock super = parse_ext_superblock(superblock, partition.size());
    report.cluster_bytes = std::uint64_t{super.block_bytes} * super.cluster_blocks;
    report.volume_bytes = super.blocks * super.block_bytes;
    set_state(reader, superblock, super, report);
  } catch (const FormatError& error) {
    report.state = VolumeState::damaged;
    report.reason = error.what();
  }
  if (!unknown.empty()) {
    report.state = VolumeState::unsupported;
    report.reason = "features unknown here:" + unknown;
  }
  return report;
}

void mark_ext(const BlockReader& partition, UsedBlocks& used) {
  MetadataReader reader(partition);
  const std::vector<std::byte> superblock = read_superblock(reader);
  if (!unknown_ext_features(superblock).empty()) throw FormatError("ext superblock: features");
  const ExtSuperblock super = parse_ext_superblock(superblock, partition.size());
  ExtGroups(reader, super).mark(used);
}

}  // namespace nacre
