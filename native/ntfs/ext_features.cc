// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ext_features.h"

#include <array>
#include <cstdint>

namespace nacre::files {
namespace {

struct Feature {
  std::uint32_t bit;
  const char* name;
};

// What every change keeps whole, measured with e2fsck -fn (docs/file-systems.md); a bit that is not
// here is refused.
constexpr std::uint32_t kept_compat =
    EXT3_FEATURE_COMPAT_HAS_JOURNAL | EXT2_FEATURE_COMPAT_EXT_ATTR |
    EXT2_FEATURE_COMPAT_RESIZE_INODE | EXT2_FEATURE_COMPAT_DIR_INDEX |
    EXT4_FEATURE_COMPAT_SPARSE_SUPER2 | EXT4_FEATURE_COMPAT_FAST_COMMIT |
    EXT4_FEATURE_COMPAT_ORPHAN_FILE;
constexpr std::uint32_t kept_incompat =
    EXT2_FEATURE_INCOMPAT_FILETYPE | EXT2_FEATURE_INCOMPAT_META_BG | EXT3_FEATURE_INCOMPAT_EXTENTS |
    EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG | EXT4_FEATURE_INCOMPAT_CSUM_SEED |
    EXT4_FEATURE_INCOMPAT_INLINE_DATA;
constexpr std::uint32_t kept_ro_compat =
    EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
    EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_GDT_CSUM |
    EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |
    EXT4_FEATURE_RO_COMPAT_BIGALLOC | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;

constexpr std::array<Feature, 6> incompat_names{{
    {EXT4_FEATURE_INCOMPAT_MMP, "mmp"},
    {EXT4_FEATURE_INCOMPAT_EA_INODE, "ea_inode"},
    {EXT4_FEATURE_INCOMPAT_LARGEDIR, "large_dir"},
    {EXT4_FEATURE_INCOMPAT_ENCRYPT, "encrypt"},
    {EXT4_FEATURE_INCOMPAT_CASEFOLD, "casefold"},
    {EXT3_FEATURE_INCOMPAT_JOURNAL_DEV, "journal_dev"},
}};
constexpr std::array<Feature, 5> ro_compat_names{{
    {EXT4_FEATURE_RO_COMPAT_QUOTA, "quota"},
    {EXT4_FEATURE_RO_COMPAT_PROJECT, "project"},
    {EXT4_FEATURE_RO_COMPAT_READONLY, "read-only"},
    {EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS, "shared_blocks"},
    {EXT4_FEATURE_RO_COMPAT_VERITY, "verity"},
}};

template <std::size_t Count>
void add_names(const char* kind, std::uint32_t bits, const std::array<Feature, Count>& names,
               std::string& text) {
  for (const Feature& feature : names) {
    if ((bits & feature.bit) == 0) continue;
    bits &= ~feature.bit;
    text += (text.empty() ? "" : ", ") + std::string(feature.name);
  }
  if (bits != 0) text += (text.empty() ? "" : ", ") + std::string(kind) + std::to_string(bits);
}

}  // namespace

std::string features_in_the_way(const ext2_super_block& superblock) {
  constexpr std::array<Feature, 0> no_names{};
  std::string text;
  add_names("compat ", superblock.s_feature_compat & ~kept_compat, no_names, text);
  add_names("incompat ", superblock.s_feature_incompat & ~kept_incompat, incompat_names, text);
  add_names("ro_compat ", superblock.s_feature_ro_compat & ~kept_ro_compat, ro_compat_names, text);
  return text;
}

}  // namespace nacre::files
