// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/overlay.h"

#include <algorithm>
#include <utility>

#include "core/file_system/crc32c.h"

namespace nacre::files {
namespace {

constexpr std::size_t most_gathered = std::size_t{1} << 20U;
constexpr std::uint64_t was_written = std::uint64_t{1} << 32U;

std::uint64_t checksum(Bytes content) { return was_written | crc32c(0xffffffffU, content); }

}  // namespace

std::size_t block_length(const BlockReader& window, std::uint64_t number) {
  const std::uint64_t begin = number * block_size;
  return static_cast<std::size_t>(std::min(block_size, window.size() - begin));
}

Block read_block(const BlockReader& window, std::uint64_t number) {
  Block block;
  window.read(number * block_size, MutableBytes(block.bytes).first(block_length(window, number)));
  return block;
}

Overlay::Overlay(BlockStore& window, UsedBlocks committed)
    : window_(window), committed_(std::move(committed)) {}

std::size_t Overlay::length_of(std::uint64_t block) const { return block_length(window_, block); }

bool Overlay::is_straight(std::uint64_t block) const { return !committed_.test(block); }

void Overlay::read(std::uint64_t offset, MutableBytes target) const {
  window_.read(offset, target);
  const std::uint64_t end = offset + target.size();
  const auto put = [&](std::uint64_t begin, Bytes content) {
    const std::uint64_t from = std::max(offset, begin);
    const std::uint64_t to = std::min(end, begin + content.size());
    if (from >= to) return;
    const Bytes part = content.subspan(from - begin, to - from);
    std::copy(part.begin(), part.end(), target.subspan(from - offset).begin());
  };
  put(gathered_offset_, gathered_);
  for (auto held = held_.lower_bound(offset / block_size);
       held != held_.end() && held->first * block_size < end; ++held) {
    put(held->first * block_size, held->second.bytes);
  }
}

void Overlay::write(std::uint64_t offset, Bytes source) {
  if (offset > size() || source.size() > size() - offset) throw FormatError("write outside window");
  while (!source.empty()) {
    std::uint64_t block = offset / block_size;
    const bool is_free = is_straight(block);
    std::uint64_t end = (block + 1) * block_size;
    // A run of free blocks is one write; a held block is one entry.
    while (is_free && end < offset + source.size() && is_straight(++block)) end += block_size;
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, source.size()));
    if (is_free) {
      gather(offset, source.first(part));
    } else {
      hold(offset, source.first(part));
    }
    offset += part;
    source = source.subspan(part);
  }
}

void Overlay::hold(std::uint64_t offset, Bytes source) {
  const std::uint64_t number = offset / block_size;
  const auto inside = static_cast<std::ptrdiff_t>(offset % block_size);
  auto held = held_.find(number);
  if (held == held_.end()) {
    const Block block = read_block(window_, number);
    // Libraries write whole bitmaps and tables of which little changed.
    if (std::equal(source.begin(), source.end(), block.bytes.begin() + inside)) return;
    if (held_.size() == most_held) {
      throw CodedError("VOLUME_BATCH_TOO_LARGE", {{"limitBytes", most_held * block_size}});
    }
    held = held_.emplace(number, block).first;
  }
  std::copy(source.begin(), source.end(), held->second.bytes.begin() + inside);
}

void Overlay::gather(std::uint64_t offset, Bytes source) {
  const std::uint64_t gathered_end = gathered_offset_ + gathered_.size();
  const bool goes_on = offset >= gathered_offset_ && offset <= gathered_end;
  if (!goes_on || offset + source.size() - gathered_offset_ > most_gathered) write_gathered();
  if (gathered_.empty()) gathered_offset_ = offset;
  const auto inside = static_cast<std::size_t>(offset - gathered_offset_);
  gathered_.resize(std::max(gathered_.size(), inside + source.size()));
  std::copy(source.begin(), source.end(), gathered_.begin() + static_cast<std::ptrdiff_t>(inside));
}

void Overlay::write_gathered() {
  if (gathered_.empty()) return;
  window_.write(gathered_offset_, gathered_);
  std::uint64_t offset = gathered_offset_;
  for (Bytes rest(gathered_); !rest.empty();) {
    const std::uint64_t block = offset / block_size;
    const std::size_t length = length_of(block);
    const auto inside = static_cast<std::size_t>(offset % block_size);
    const std::size_t part = std::min(length - inside, rest.size());
    if (part == length) {
      note(block, rest.first(part));
    } else {
      note(block, Bytes(read_block(window_, block).bytes).first(length));
    }
    offset += part;
    rest = rest.subspan(part);
  }
  gathered_.clear();
}

void Overlay::note(std::uint64_t block, Bytes content) {
  straight_[block / group_blocks][block % group_blocks] = checksum(content);
}

void Overlay::settle() {
  write_gathered();
  window_.flush();
  for (const auto& [number, group] : straight_) {
    for (std::uint64_t i = 0; i < group_blocks; i++) {
      const std::uint64_t block = number * group_blocks + i;
      if (group[i] == 0) continue;
      const Block found = read_block(window_, block);
      if (checksum(Bytes(found.bytes).first(length_of(block))) != group[i]) {
        throw CodedError("DISK_READ_BACK",
                         {{"offset", block * block_size}, {"what", "data of a file"}});
      }
    }
  }
}

std::vector<ChangedBlock> Overlay::changes() const {
  std::vector<ChangedBlock> list;
  for (const auto& [number, block] : held_) {
    const Block before = read_block(window_, number);
    if (before.bytes == block.bytes) continue;
    list.push_back({.number = number, .before = before, .after = block});
  }
  return list;
}

}  // namespace nacre::files
