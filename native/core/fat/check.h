#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/block_store.h"

namespace nacre::fat {

/// What `check` found. Each kind says whether it was mended on request.
enum class ProblemKind : std::uint8_t {
  /// Two FATs differ; mended by copying the one that counts.
  fats_differ,
  /// Clusters in use that belong to no file; mended by freeing them.
  lost_clusters,
  /// Parts of a long name without their short entry; mended by freeing their slots.
  orphaned_name,
  /// The mark "not unmounted"; mended when nothing else is left.
  not_unmounted,
  /// The count of free clusters in FSInfo is wrong; mended.
  free_count,
  /// The backup of the boot sector differs from it.
  backup_boot_sector,
  /// A chain that leaves the volume, meets a free cluster, or goes round.
  broken_chain,
  /// A cluster that belongs to two files.
  crossed_chains,
  /// A chain that is longer or shorter than its file.
  wrong_length,
  /// A folder whose `.` or `..` is missing or points elsewhere.
  wrong_dots
};

[[nodiscard]] const char* name_of(ProblemKind kind);

struct Problem {
  ProblemKind kind;
  /// Of the file or folder; empty for the volume.
  std::string path = {};
  /// Clusters, slots or bytes that it is about.
  std::uint64_t count = 0;
  bool is_mended = false;
};

struct CheckResult {
  std::vector<Problem> problems;
  std::uint64_t files = 0;
  std::uint64_t folders = 0;

  [[nodiscard]] bool is_clean() const;
};

/// Checks the whole volume. With `mend`, what a cut in the middle of `Volume`'s changes can leave
/// behind is put right; nothing that holds data is changed.
///
/// @throws FormatError when there is no FAT volume that can be read; OsError
[[nodiscard]] CheckResult check(BlockStore& store, bool mend);

}  // namespace nacre::fat
