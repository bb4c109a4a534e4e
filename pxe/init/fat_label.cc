#include "fat_label.h"

#include <bit>

namespace nacre::init {
namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kLabelBytes = 11;
constexpr unsigned kHasLabel = 0x29;

unsigned byte_at(std::string_view sector, std::size_t at) {
  return static_cast<unsigned char>(sector[at]);
}

unsigned word_at(std::string_view sector, std::size_t at) {
  return byte_at(sector, at) | (byte_at(sector, at + 1) << 8U);
}

bool is_fat(std::string_view sector) {
  const unsigned sector_size = word_at(sector, 11);
  const unsigned cluster_sectors = byte_at(sector, 13);
  const unsigned fats = byte_at(sector, 16);
  return word_at(sector, 510) == 0xAA55 && std::has_single_bit(sector_size) && sector_size >= 512 &&
         sector_size <= 4096 && std::has_single_bit(cluster_sectors) && word_at(sector, 14) != 0 &&
         (fats == 1 || fats == 2);
}

std::string hex4(unsigned word) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const unsigned shift : {12U, 8U, 4U, 0U}) text += kDigits[(word >> shift) & 15U];
  return text;
}

}  // namespace

std::optional<FatLabel> parse_fat_label(std::string_view sector) {
  if (sector.size() < kSectorBytes || !is_fat(sector)) return std::nullopt;
  // Only FAT32 counts the sectors of a FAT elsewhere than at 22; its label fields lie 28 bytes
  // further on.
  const std::size_t fields = word_at(sector, 22) == 0 ? 0x42 : 0x26;
  if (byte_at(sector, fields) != kHasLabel) return std::nullopt;
  const std::string_view label = sector.substr(fields + 5, kLabelBytes);
  return FatLabel{
      .label = std::string(label.substr(0, label.find_last_not_of(' ') + 1)),
      .serial = hex4(word_at(sector, fields + 3)) + "-" + hex4(word_at(sector, fields + 1))};
}

}  // namespace nacre::init
