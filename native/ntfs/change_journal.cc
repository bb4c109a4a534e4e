// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/change_journal.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "core/file_system/crc32c.h"

namespace nacre::files {
namespace {

constexpr std::string_view magic = "NACREJNL";
constexpr std::uint32_t version = 1;
constexpr std::uint64_t first_payload_block = 2;
constexpr std::size_t sector = 512;
constexpr std::size_t sectors = block_size / sector;
constexpr std::size_t entry_size = 8 + 4 * sectors;

std::uint64_t table_bytes(std::uint64_t count) {
  return (count * entry_size + block_size - 1) / block_size * block_size;
}

std::uint64_t payload_bytes(std::uint64_t count) { return table_bytes(count) + count * block_size; }

CodedError damaged(const char* reason) {
  return CodedError("VOLUME_JOURNAL_DAMAGED", {{"reason", reason}});
}

std::vector<std::byte> payload_of(const std::vector<ChangedBlock>& blocks) {
  std::vector<std::byte> payload(static_cast<std::size_t>(payload_bytes(blocks.size())));
  std::size_t entry = 0;
  auto content = static_cast<std::size_t>(table_bytes(blocks.size()));
  for (const ChangedBlock& block : blocks) {
    put_little_endian(payload, entry, block.number);
    for (std::size_t i = 0; i < sectors; i++) {
      const Bytes before = Bytes(block.before.bytes).subspan(i * sector, sector);
      put_little_endian(payload, entry + 8 + 4 * i, crc32c(0xffffffffU, before));
    }
    std::copy(block.after.bytes.begin(), block.after.bytes.end(),
              payload.begin() + static_cast<std::ptrdiff_t>(content));
    entry += entry_size;
    content += block_size;
  }
  return payload;
}

JournalledBlock parse_entry(Bytes entry, Bytes content) {
  JournalledBlock block;
  block.number = little_endian<std::uint64_t>(entry, 0, "journal entry");
  for (std::size_t i = 0; i < sectors; i++) {
    block.before[i] = little_endian<std::uint32_t>(entry, 8 + 4 * i, "journal entry");
  }
  std::copy(content.begin(), content.end(), block.after.bytes.begin());
  return block;
}

}  // namespace

std::uint64_t ChangeJournal::bytes_for(std::uint64_t count) {
  return first_payload_block * block_size + payload_bytes(count);
}

std::optional<ChangeJournal::Header> ChangeJournal::read_header(std::uint64_t block) const {
  if (store_.size() < bytes_for(0)) return std::nullopt;
  const Block found = read_block(store_, block);
  const Bytes bytes(found.bytes);
  const auto number = [bytes](std::size_t offset) {
    return little_endian<std::uint32_t>(bytes, offset, "journal header");
  };
  if (std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) return std::nullopt;
  if (number(60) != crc32c(0xffffffffU, bytes.first(60))) return std::nullopt;
  const Bytes reserved = bytes.subspan(48, 12);
  if (number(8) != version || number(12) != block_size ||
      std::any_of(reserved.begin(), reserved.end(),
                  [](std::byte b) { return b != std::byte{0}; })) {
    throw damaged("it is of another version");
  }
  const auto large = [bytes](std::size_t offset) {
    return little_endian<std::uint64_t>(bytes, offset, "journal header");
  };
  return Header{.generation = large(16),
                .place = {.offset = large(24), .size = large(32)},
                .count = number(40),
                .checksum = number(44)};
}

// Only while a header is written do the two differ. Then either is right: contents are on the
// medium before the first header, and are applied before the last header goes.
std::optional<ChangeJournal::Header> ChangeJournal::newest_header() const {
  const auto first = read_header(0);
  const auto twin = read_header(1);
  if (!first || !twin) return first ? first : twin;
  return twin->generation > first->generation ? twin : first;
}

std::optional<std::vector<JournalledBlock>> ChangeJournal::pending() const {
  const auto header = newest_header();
  if (!header || header->count == 0) return std::nullopt;
  if (header->place.offset != place_.offset || header->place.size != place_.size) {
    throw CodedError("VOLUME_JOURNAL_FOREIGN", {{"foundOffset", header->place.offset},
                                                {"foundBytes", header->place.size},
                                                {"offset", place_.offset},
                                                {"sizeBytes", place_.size}});
  }
  const std::uint32_t count = header->count;
  if (count > Overlay::most_held) throw damaged("it names more blocks than a commit can have");
  if (bytes_for(count) > store_.size()) throw damaged("it is longer than its place");
  std::vector<std::byte> payload(static_cast<std::size_t>(payload_bytes(count)));
  store_.read(first_payload_block * block_size, payload);
  if (crc32c(0xffffffffU, payload) != header->checksum) throw damaged("its checksum is wrong");
  std::vector<JournalledBlock> blocks;
  blocks.reserve(count);
  const auto contents = static_cast<std::size_t>(table_bytes(count));
  for (std::size_t i = 0; i < count; i++) {
    blocks.push_back(parse_entry(Bytes(payload).subspan(i * entry_size, entry_size),
                                 Bytes(payload).subspan(contents + i * block_size, block_size)));
    const std::uint64_t number = blocks.back().number;
    const bool ascends = i == 0 || number > blocks[i - 1].number;
    if (!ascends || number > (place_.size - 1) / block_size) {
      throw damaged("its block numbers cannot be");
    }
  }
  return blocks;
}

void ChangeJournal::store(const std::vector<ChangedBlock>& blocks) {
  const std::uint64_t needed = bytes_for(blocks.size());
  if (needed > store_.size()) {
    throw CodedError("VOLUME_JOURNAL_TOO_SMALL",
                     {{"journalBytes", store_.size()}, {"neededBytes", needed}});
  }
  const auto last = newest_header();
  const std::vector<std::byte> payload = payload_of(blocks);
  store_.write(first_payload_block * block_size, payload);
  store_.flush();
  std::vector<std::byte> found(payload.size());
  store_.read(first_payload_block * block_size, found);
  if (found != payload) {
    throw CodedError("DISK_READ_BACK",
                     {{"offset", first_payload_block * block_size}, {"what", "change journal"}});
  }
  write_headers({.generation = last ? last->generation + 1 : 1,
                 .place = place_,
                 .count = static_cast<std::uint32_t>(blocks.size()),
                 .checksum = crc32c(0xffffffffU, payload)});
}

void ChangeJournal::clear() {
  const auto last = newest_header();
  write_headers({.generation = last ? last->generation + 1 : 1, .place = place_});
}

void ChangeJournal::write_headers(const Header& header) {
  Block block;
  const MutableBytes bytes(block.bytes);
  std::memcpy(bytes.data(), magic.data(), magic.size());
  put_little_endian(bytes, 8, version);
  put_little_endian(bytes, 12, static_cast<std::uint32_t>(block_size));
  put_little_endian(bytes, 16, header.generation);
  put_little_endian(bytes, 24, header.place.offset);
  put_little_endian(bytes, 32, header.place.size);
  put_little_endian(bytes, 40, header.count);
  put_little_endian(bytes, 44, header.checksum);
  put_little_endian(bytes, 60, crc32c(0xffffffffU, bytes.first(60)));
  if (store_.size() < bytes_for(0)) {
    throw CodedError("VOLUME_JOURNAL_TOO_SMALL",
                     {{"journalBytes", store_.size()}, {"neededBytes", bytes_for(0)}});
  }
  store_.write(0, bytes);
  store_.write(block_size, bytes);
  store_.flush();
}

}  // namespace nacre::files
