#include "core/fat/table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nacre::fat {

Table::Page Table::read_page(std::uint64_t number) const {
  const std::uint64_t offset = number * page_bytes;
  Page page(
      static_cast<std::size_t>(std::min<std::uint64_t>(page_bytes, boot_.fat_bytes - offset)));
  store_.read(boot_.fat_offset + offset, page);
  return page;
}

const Table::Page& Table::page(std::uint64_t number) {
  if (const auto found = changed_.find(number); found != changed_.end()) return found->second;
  if (cached_number_ != number) {
    cached_ = read_page(number);
    cached_number_ = number;
  }
  return cached_;
}

std::byte Table::byte_at(std::uint64_t offset) {
  return page(offset / page_bytes)[static_cast<std::size_t>(offset % page_bytes)];
}

void Table::put_byte(std::uint64_t offset, std::byte value) {
  const std::uint64_t number = offset / page_bytes;
  auto found = changed_.find(number);
  if (found == changed_.end()) found = changed_.emplace(number, page(number)).first;
  found->second[static_cast<std::size_t>(offset % page_bytes)] = value;
}

std::uint32_t Table::entry(std::uint32_t number) {
  if (number >= end()) throw FormatError("FAT: cluster number");
  const std::uint64_t offset = offset_of_fat_entry(boot_, number);
  const std::size_t length = length_of_fat_entry(boot_);
  const auto at = static_cast<std::size_t>(offset % page_bytes);
  if (at + length <= page_bytes)
    return fat_entry(boot_, number, slice(page(offset / page_bytes), at, length, "FAT"));
  // An entry of FAT12 may lie across two pages.
  const std::array<std::byte, 2> pair{byte_at(offset), byte_at(offset + 1)};
  return fat_entry(boot_, number, pair);
}

void Table::set(std::uint32_t number, std::uint32_t value) {
  if (number >= end()) throw FormatError("FAT: cluster number");
  const auto put = [this](std::uint64_t offset, std::uint32_t byte) {
    put_byte(offset, static_cast<std::byte>(byte & 0xffU));
  };
  const std::uint64_t offset = offset_of_fat_entry(boot_, number);
  if (boot_.entry_bits == 12) {
    const auto low = std::to_integer<std::uint32_t>(byte_at(offset));
    const auto high = std::to_integer<std::uint32_t>(byte_at(offset + 1));
    const bool is_even = number % 2 == 0;
    put(offset, is_even ? value : (low & 0x0fU) | value << 4U);
    put(offset + 1, is_even ? (high & 0xf0U) | value >> 8U : value >> 4U);
    return;
  }
  put(offset, value);
  put(offset + 1, value >> 8U);
  if (boot_.entry_bits == 16) return;
  put(offset + 2, value >> 16U);
  // The upper 4 bits belong to nobody and stay as they are.
  const auto kept = std::to_integer<std::uint32_t>(byte_at(offset + 3)) & 0xf0U;
  put(offset + 3, kept | (value >> 24U & 0x0fU));
}

std::vector<ClusterRun> Table::chain(std::uint32_t first, std::uint64_t limit) {
  std::vector<ClusterRun> runs;
  std::uint64_t count = 0;
  std::uint32_t at = first;
  do {
    if (!is_cluster(at)) throw FormatError("FAT: chain leaves the volume");
    if (++count > limit) throw FormatError("FAT: chain longer than its file");
    if (!runs.empty() && runs.back().first + runs.back().count == at) {
      runs.back().count++;
    } else {
      runs.push_back({.first = at, .count = 1});
    }
    at = entry(at);
  } while (!is_end_mark(at));
  return runs;
}

std::uint32_t Table::free_from(std::uint32_t from, std::uint32_t limit) {
  std::uint32_t count = 0;
  while (count < limit && from + count < end() && entry(from + count) == 0) count++;
  return count;
}

std::optional<ClusterRun> Table::find_free_run(std::uint32_t count) {
  // From the last place on first: before it most is taken.
  for (const auto& [from, until] : {std::pair{hint_, end()}, std::pair{2U, hint_}}) {
    for (std::uint32_t at = from; at < until;) {
      const std::uint32_t length = free_from(at, count);
      if (length == count) return ClusterRun{.first = at, .count = count};
      at += length + 1;
    }
  }
  return std::nullopt;
}

std::optional<std::vector<ClusterRun>> Table::find_free(std::uint32_t count) {
  std::vector<ClusterRun> runs;
  if (count == 0) return runs;
  if (const auto whole = find_free_run(count)) return std::vector{*whole};
  std::uint32_t left = count;
  for (std::uint32_t at = 2; at < end() && left != 0;) {
    const std::uint32_t length = free_from(at, left);
    if (length != 0) runs.push_back({.first = at, .count = length});
    left -= length;
    at += length + 1;
  }
  if (left != 0) return std::nullopt;
  return runs;
}

std::uint32_t Table::count_free() {
  std::uint32_t count = 0;
  if (boot_.entry_bits == 12) {
    for (std::uint32_t at = 2; at < end(); at++) count += entry(at) == 0 ? 1 : 0;
    return count;
  }
  // Page by page: to find the page of each of some millions of entries takes longer than to look at
  // them.
  const std::size_t length = length_of_fat_entry(boot_);
  for (std::uint32_t at = 2; at < end();) {
    const std::uint64_t offset = offset_of_fat_entry(boot_, at);
    const Page& bytes = page(offset / page_bytes);
    auto place = static_cast<std::size_t>(offset % page_bytes);
    for (; at < end() && place + length <= bytes.size(); at++, place += length)
      count += fat_entry(boot_, at, slice(bytes, place, length, "FAT")) == 0 ? 1 : 0;
    if (at < end() && bytes.size() < page_bytes) throw FormatError("FAT: cluster number");
  }
  return count;
}

void Table::link(const std::vector<ClusterRun>& runs) {
  for (std::size_t i = 0; i < runs.size(); i++) {
    const ClusterRun& run = runs[i];
    for (std::uint32_t at = run.first; at + 1 < run.first + run.count; at++) set(at, at + 1);
    const std::uint32_t next = i + 1 < runs.size() ? runs[i + 1].first : fat_top(boot_, 0);
    set(run.first + run.count - 1, next);
    hint_ = run.first + run.count;
  }
  if (hint_ >= end()) hint_ = 2;
}

void Table::release(const std::vector<ClusterRun>& runs) {
  for (const ClusterRun& run : runs) {
    for (std::uint32_t at = run.first; at < run.first + run.count; at++) set(at, 0);
  }
}

bool Table::is_clean() {
  const std::uint32_t bit = fat_clean_bit(boot_);
  return bit == 0 || (entry(1) & bit) != 0;
}

void Table::set_clean(bool is_clean) {
  const std::uint32_t bit = fat_clean_bit(boot_);
  if (bit != 0) set(1, is_clean ? entry(1) | bit : entry(1) & ~bit);
}

void Table::commit() {
  const auto changed = std::exchange(changed_, {});
  cached_number_ = UINT64_MAX;
  for (const auto& [number, bytes] : changed) {
    const std::uint64_t offset = number * page_bytes;
    for (std::uint32_t fat = 0; fat < boot_.fat_count; fat++) {
      const std::uint64_t begin = boot_.first_fat_offset + fat * boot_.fat_bytes;
      if (boot_.is_mirrored || begin == boot_.fat_offset) store_.write(begin + offset, bytes);
    }
  }
  if (!changed.empty()) store_.flush();
}

}  // namespace nacre::fat
