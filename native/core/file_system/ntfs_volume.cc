// Attribute list entry, little-endian: 0 type u32, 4 length u16, 6 name length u8, 7 name offset
// u8, 8 first VCN u64, 16 record reference u64 (48 bits number, 16 bits sequence).
#include "core/file_system/ntfs_volume.h"

#include <algorithm>

namespace nacre {
namespace {

constexpr std::size_t most_list_bytes = std::size_t{256} << 10U;
constexpr std::uint64_t record_number_mask = 0xffffffffffffULL;

struct ListEntry {
  NtfsAttributeType type;
  std::string name;
  std::uint64_t first_vcn;
  std::uint64_t record;
};

std::vector<ListEntry> parse_attribute_list(Bytes list) {
  const char* const field = "NTFS attribute list";
  std::vector<ListEntry> entries;
  std::size_t at = 0;
  while (list.size() - at >= 26) {
    const auto length = little_endian<std::uint16_t>(list, at + 4, field);
    if (length < 26) throw FormatError(field);
    const Bytes entry = slice(list, at, length, field);
    const std::size_t name_length = std::to_integer<std::size_t>(entry[6]) * 2;
    const std::size_t name_offset = name_length == 0 ? 0 : std::to_integer<std::size_t>(entry[7]);
    entries.push_back(
        {static_cast<NtfsAttributeType>(little_endian<std::uint32_t>(entry, 0, field)),
         utf8_of_utf16(slice(entry, name_offset, name_length, field)),
         little_endian<std::uint64_t>(entry, 8, field),
         little_endian<std::uint64_t>(entry, 16, field) & record_number_mask});
    at += length;
  }
  return entries;
}

/// Number of the record whose attributes an extension record holds: 32 base reference u64.
std::uint64_t base_of(Bytes record) {
  return little_endian<std::uint64_t>(record, 32, "NTFS record: base") & record_number_mask;
}

/// The attribute with this type and name, at `first_vcn` when that is given.
const NtfsAttribute* find_attribute(const std::vector<NtfsAttribute>& attributes,
                                    NtfsAttributeType type, const std::string& name,
                                    std::optional<std::uint64_t> first_vcn = std::nullopt) {
  for (const NtfsAttribute& attribute : attributes) {
    if (attribute.type == type && attribute.name == name &&
        (!first_vcn || attribute.first_vcn() == *first_vcn)) {
      return &attribute;
    }
  }
  return nullptr;
}

}  // namespace

NtfsVolume::NtfsVolume(const BlockReader& partition)
    : reader_(partition),
      boot_(parse_ntfs_boot_sector(reader_.read(0, 512, "NTFS boot sector"), partition.size())) {
  bool is_found = false;
  // Later records of $MFT are found through the runs that earlier ones gave.
  gather(0, NtfsAttributeType::data, "", mft_, is_found);
  if (!is_found) throw FormatError("NTFS $MFT: no data");
  require_solid(mft_);
}

std::vector<std::byte> NtfsVolume::record(std::uint64_t number) {
  std::vector<std::byte> bytes;
  if (number == 0) {
    bytes = reader_.read(boot_.mft_cluster * boot_.cluster_bytes, boot_.record_bytes, "NTFS $MFT");
  } else {
    if (number > UINT64_MAX / 2 / boot_.record_bytes) throw FormatError("NTFS record: number");
    bytes = read(mft_, number * boot_.record_bytes, boot_.record_bytes);
  }
  if (!has_text(bytes, 0, "FILE")) throw FormatError("NTFS record " + std::to_string(number));
  apply_ntfs_fixups(bytes, "NTFS record: update sequence");
  return bytes;
}

std::optional<NtfsStream> NtfsVolume::stream(std::uint64_t number, NtfsAttributeType type,
                                             const std::string& name) {
  NtfsStream stream;
  bool is_found = false;
  gather(number, type, name, stream, is_found);
  if (!is_found) return std::nullopt;
  return stream;
}

void NtfsVolume::gather(std::uint64_t number, NtfsAttributeType type, const std::string& name,
                        NtfsStream& stream, bool& is_found) {
  const std::vector<std::byte> base = record(number);
  const std::vector<NtfsAttribute> own = parse_ntfs_attributes(base);
  const NtfsAttribute* list = find_attribute(own, NtfsAttributeType::attribute_list, "");
  if (list == nullptr) {
    const NtfsAttribute* attribute = find_attribute(own, type, name);
    is_found = attribute != nullptr && add_attribute(*attribute, stream);
    return;
  }
  for (const ListEntry& entry : parse_attribute_list(read_value(*list))) {
    if (entry.type != type || entry.name != name) continue;
    const bool is_own = entry.record == number;
    const std::vector<std::byte> other = is_own ? std::vector<std::byte>{} : record(entry.record);
    const std::vector<NtfsAttribute> others =
        is_own ? std::vector<NtfsAttribute>{} : parse_ntfs_attributes(other);
    // A list that is older than the record's next use would lead into another file.
    if (!is_own && base_of(other) != number) throw FormatError("NTFS attribute list: record");
    const NtfsAttribute* attribute =
        find_attribute(is_own ? own : others, type, name, entry.first_vcn);
    if (attribute == nullptr) throw FormatError("NTFS attribute list: entry without attribute");
    is_found = add_attribute(*attribute, stream) || is_found;
  }
}

bool NtfsVolume::add_attribute(const NtfsAttribute& attribute, NtfsStream& stream) {
  if (attribute.is_resident) {
    const Bytes value = attribute.value();
    stream.resident.assign(value.begin(), value.end());
    stream.is_resident = true;
    stream.size = value.size();
    return true;
  }
  if (attribute.first_vcn() == 0) {
    stream.size = little_endian<std::uint64_t>(attribute.bytes, 48, "NTFS attribute: size");
    stream.initialised = little_endian<std::uint64_t>(attribute.bytes, 56, "NTFS attribute: size");
  }
  append_ntfs_runs(attribute, boot_.clusters, stream.runs);
  return true;
}

std::vector<std::byte> NtfsVolume::read_value(const NtfsAttribute& attribute) {
  NtfsStream stream;
  add_attribute(attribute, stream);
  if (stream.size > most_list_bytes) throw FormatError("NTFS attribute list: size");
  return read(stream, 0, static_cast<std::size_t>(stream.size));
}

void NtfsVolume::require_solid(const NtfsStream& stream) const {
  if (stream.is_resident) return;
  std::uint64_t clusters = 0;
  for (const NtfsRun& run : stream.runs) {
    if (run.lcn == NtfsRun::hole) throw FormatError("NTFS system file: sparse");
    clusters += run.clusters;
    if (clusters > boot_.clusters) throw FormatError("NTFS system file: larger than volume");
  }
  if (stream.size > clusters * boot_.cluster_bytes) throw FormatError("NTFS system file: size");
}

std::vector<std::byte> NtfsVolume::read(const NtfsStream& stream, std::uint64_t offset,
                                        std::size_t length) {
  if (length > MetadataReader::max_length) throw FormatError("NTFS stream: length");
  if (stream.is_resident) {
    if (offset > stream.resident.size()) throw FormatError("NTFS stream: end");
    const Bytes part =
        slice(stream.resident, static_cast<std::size_t>(offset), length, "NTFS stream: end");
    return {part.begin(), part.end()};
  }
  std::vector<std::byte> bytes(length);
  read_run(stream, offset, bytes);
  if (stream.initialised < offset + length) {
    const std::uint64_t keep = stream.initialised > offset ? stream.initialised - offset : 0;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(keep), bytes.end(), std::byte{0});
  }
  return bytes;
}

void NtfsVolume::read_run(const NtfsStream& stream, std::uint64_t offset, MutableBytes target) {
  const std::uint64_t cluster_bytes = boot_.cluster_bytes;
  auto run = std::upper_bound(
      stream.runs.begin(), stream.runs.end(), offset / cluster_bytes,
      [](std::uint64_t vcn, const NtfsRun& candidate) { return vcn < candidate.vcn; });
  if (run == stream.runs.begin() && !target.empty()) throw FormatError("NTFS stream: end");
  if (run != stream.runs.begin()) --run;
  while (!target.empty()) {
    if (run == stream.runs.end()) throw FormatError("NTFS stream: end");
    const std::uint64_t inside = offset - run->vcn * cluster_bytes;
    const std::uint64_t run_bytes = run->clusters * cluster_bytes;
    if (inside >= run_bytes) throw FormatError("NTFS stream: end");
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(run_bytes - inside, target.size()));
    if (run->lcn != NtfsRun::hole) {
      const auto bytes = reader_.read(run->lcn * cluster_bytes + inside, part, "NTFS stream");
      std::copy(bytes.begin(), bytes.end(), target.begin());
    }
    offset += part;
    target = target.subspan(part);
    ++run;
  }
}

}  // namespace nacre
