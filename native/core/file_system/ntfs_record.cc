// FILE record, little-endian: 0 "FILE", 4 update sequence offset u16, 6 its length in words u16, 16
// sequence number u16, 20 first attribute u16, 22 flags u16. Attribute: 0 type u32, 4 length u32, 8
// non-resident u8, 9 name length u8, 10 name offset u16; resident: 16 value length u32, 20 value
// offset u16; non-resident: 16 first VCN u64, 24 last VCN u64, 32 run list offset u16, 40
// allocated, 48 size, 56 initialised u64.
#include "core/file_system/ntfs_record.h"

#include "core/file_system/metadata_reader.h"

namespace nacre {
namespace {

constexpr std::size_t fixup_stride = 512;
constexpr std::uint32_t end_of_attributes = 0xffffffff;
// More than any volume has (2^32 clusters), small enough that no product of it overflows.
constexpr std::uint64_t most_stream_clusters = 1ULL << 40U;
constexpr std::size_t most_runs = std::size_t{1} << 20U;

/// `length` little-endian bytes as a number, its sign extended.
std::uint64_t packed_number(Bytes bytes, std::size_t offset, std::size_t length) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < length; i++) {
    value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << (8 * i);
  }
  const bool is_negative =
      length > 0 && (bytes[offset + length - 1] & std::byte{0x80}) != std::byte{0};
  if (is_negative && length < 8) value |= UINT64_MAX << (8 * length);
  return value;
}

}  // namespace

void apply_ntfs_fixups(MutableBytes record, const char* field) {
  const std::size_t offset = little_endian<std::uint16_t>(record, 4, field);
  const std::size_t words = little_endian<std::uint16_t>(record, 6, field);
  if (record.size() % fixup_stride != 0 || words != record.size() / fixup_stride + 1 ||
      offset < 8 || offset % 2 != 0 || offset + words * 2 > fixup_stride - 2) {
    throw FormatError(field);
  }
  const auto number = little_endian<std::uint16_t>(record, offset, field);
  for (std::size_t i = 1; i < words; i++) {
    const std::size_t end = i * fixup_stride - 2;
    if (little_endian<std::uint16_t>(record, end, field) != number) throw FormatError(field);
    put_little_endian<std::uint16_t>(record, end,
                                     little_endian<std::uint16_t>(record, offset + i * 2, field));
  }
}

Bytes NtfsAttribute::value() const {
  if (!is_resident) throw FormatError("NTFS attribute: not resident");
  const auto length = little_endian<std::uint32_t>(bytes, 16, "NTFS attribute: value");
  const auto offset = little_endian<std::uint16_t>(bytes, 20, "NTFS attribute: value");
  return slice(bytes, offset, length, "NTFS attribute: value");
}

std::uint64_t NtfsAttribute::first_vcn() const {
  return is_resident ? 0 : little_endian<std::uint64_t>(bytes, 16, "NTFS attribute: first VCN");
}

std::vector<NtfsAttribute> parse_ntfs_attributes(Bytes record) {
  std::vector<NtfsAttribute> attributes;
  std::size_t at = little_endian<std::uint16_t>(record, 20, "NTFS record: first attribute");
  for (;;) {
    const auto type = little_endian<std::uint32_t>(record, at, "NTFS attribute: type");
    if (type == end_of_attributes) return attributes;
    const auto length = little_endian<std::uint32_t>(record, at + 4, "NTFS attribute: length");
    if (length < 24 || length % 8 != 0) throw FormatError("NTFS attribute: length");
    const Bytes bytes = slice(record, at, length, "NTFS attribute: length");
    const std::size_t name_length = std::to_integer<std::size_t>(bytes[9]) * 2;
    const auto name_offset = little_endian<std::uint16_t>(bytes, 10, "NTFS attribute: name");
    attributes.push_back({static_cast<NtfsAttributeType>(type), bytes[8] == std::byte{0},
                          utf8_of_utf16(slice(bytes, name_length == 0 ? 0 : name_offset,
                                              name_length, "NTFS attribute: name")),
                          bytes});
    at += length;
  }
}

void append_ntfs_runs(const NtfsAttribute& attribute, std::uint64_t volume_clusters,
                      std::vector<NtfsRun>& runs) {
  const char* const field = "NTFS run list";
  const Bytes bytes = attribute.bytes;
  std::uint64_t vcn = attribute.first_vcn();
  const std::uint64_t expected = runs.empty() ? 0 : runs.back().vcn + runs.back().clusters;
  if (attribute.is_resident || vcn != expected) throw FormatError(field);
  const auto last_vcn = little_endian<std::uint64_t>(bytes, 24, field);
  std::size_t at = little_endian<std::uint16_t>(bytes, 32, field);
  std::uint64_t lcn = 0;
  while (at < bytes.size() && bytes[at] != std::byte{0}) {
    const auto header = std::to_integer<unsigned>(bytes[at]);
    const std::size_t length_size = header & 0xfU;
    const std::size_t offset_size = header >> 4U;
    at++;
    if (length_size == 0 || length_size > 8 || offset_size > 8) throw FormatError(field);
    const Bytes pair = slice(bytes, at, length_size + offset_size, field);
    at += pair.size();
    // A length with the sign bit set becomes far too large.
    const std::uint64_t clusters = packed_number(pair, 0, length_size);
    if (clusters == 0 || clusters > most_stream_clusters - vcn) throw FormatError(field);
    lcn += packed_number(pair, length_size, offset_size);
    const bool is_hole = offset_size == 0;
    if (!is_hole && (lcn >= volume_clusters || clusters > volume_clusters - lcn)) {
      throw FormatError(field);
    }
    if (runs.size() == most_runs) throw FormatError(field);
    runs.push_back({vcn, clusters, is_hole ? NtfsRun::hole : lcn});
    vcn += clusters;
  }
  if (last_vcn + 1 != vcn) throw FormatError(field);
}

}  // namespace nacre
