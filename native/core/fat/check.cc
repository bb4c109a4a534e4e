#include "core/fat/check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/fat/directory.h"
#include "core/file_system/fat_boot_sector.h"

namespace nacre::fat {
namespace {

constexpr std::size_t most_problems = 1000;
constexpr std::size_t deepest_folder = 128;
constexpr std::uint64_t longest_folder = 65536 * slot_bytes;
constexpr std::size_t piece_bytes = std::size_t{1} << 16U;

FatBootSector read_boot(const BlockStore& store) {
  std::vector<std::byte> sector(512);
  store.read(0, sector);
  return parse_fat_boot_sector(sector, store.size());
}

class Checker {
 public:
  Checker(BlockStore& store, bool mend)
      : store_(store),
        boot_(read_boot(store)),
        table_(store, boot_),
        mend_(mend),
        owned_(table_.end()) {}

  CheckResult run() {
    compare_fats();
    if (boot_.entry_bits == 32) static_cast<void>(claim(boot_.root_cluster, "/"));
    visit("", 0, 0, 0);
    find_lost_clusters();
    compare_backup();
    check_info();
    check_mark();
    return std::move(result_);
  }

 private:
  void add(Problem problem) {
    if (result_.problems.size() < most_problems) result_.problems.push_back(std::move(problem));
  }

  void compare_fats() {
    if (!boot_.is_mirrored) return;
    std::vector<std::byte> first(piece_bytes);
    std::vector<std::byte> other(piece_bytes);
    std::uint64_t different = 0;
    for (std::uint32_t fat = 1; fat < boot_.fat_count; fat++) {
      const std::uint64_t begin = boot_.first_fat_offset + fat * boot_.fat_bytes;
      for (std::uint64_t at = 0; at < boot_.fat_bytes; at += piece_bytes) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, boot_.fat_bytes - at));
        const MutableBytes left = MutableBytes(first).first(length);
        const MutableBytes right = MutableBytes(other).first(length);
        store_.read(boot_.fat_offset + at, left);
        store_.read(begin + at, right);
        if (std::equal(left.begin(), left.end(), right.begin())) continue;
        different += length;
        if (mend_) store_.write(begin + at, left);
      }
    }
    if (different == 0) return;
    if (mend_) store_.flush();
    add({.kind = ProblemKind::fats_differ, .count = different, .is_mended = mend_});
  }

  // Follows a chain and takes its clusters. @returns their number, nothing when it is faulty.
  std::optional<std::uint64_t> claim(std::uint32_t first, const std::string& path) {
    std::uint64_t count = 0;
    for (std::uint32_t at = first; !table_.is_end_mark(at); at = table_.entry(at)) {
      if (!table_.is_cluster(at)) {
        add({.kind = ProblemKind::broken_chain, .path = path, .count = count});
        is_damaged_ = true;
        return std::nullopt;
      }
      if (owned_[at]) {
        add({.kind = ProblemKind::crossed_chains, .path = path, .count = at});
        is_damaged_ = true;
        return std::nullopt;
      }
      owned_[at] = true;
      count++;
    }
    return count;
  }

  void check_dots(const Directory& folder, std::uint32_t cluster, std::uint32_t parent,
                  const std::string& path) {
    const std::vector<Entry>& dots = folder.list().dots;
    const bool is_right = dots.size() == 2 && dots[0].first_cluster == cluster &&
                          dots[1].first_cluster == parent && dots[0].first_slot == 0 &&
                          dots[1].first_slot == 1;
    if (is_right) return;
    add({.kind = ProblemKind::wrong_dots, .path = path});
    is_damaged_ = true;
  }

  void visit(const std::string& path, std::uint32_t cluster, std::uint32_t parent,
             std::size_t depth) {
    Directory folder(store_, boot_, table_, cluster);
    if (cluster != 0) check_dots(folder, cluster, parent, path);
    if (!folder.list().orphans.empty()) {
      add({.kind = ProblemKind::orphaned_name,
           .path = path,
           .count = folder.list().orphans.size(),
           .is_mended = mend_});
      if (mend_) folder.remove_orphans();
    }
    for (const Entry& entry : folder.list().entries) visit_entry(entry, path, cluster, depth);
  }

  void visit_entry(const Entry& entry, const std::string& folder, std::uint32_t parent,
                   std::size_t depth) {
    const std::string path = folder + "/" + utf8_of(entry.name);
    if (entry.first_cluster == 0 && !entry.is_folder()) {
      result_.files++;
      if (entry.size_bytes != 0) wrong_length(path, 0);
      return;
    }
    const std::optional<std::uint64_t> count = claim(entry.first_cluster, path);
    if (!count) return;
    if (entry.is_folder()) {
      result_.folders++;
      const bool is_readable =
          *count * boot_.cluster_bytes <= longest_folder + boot_.cluster_bytes &&
          depth < deepest_folder;
      if (is_readable) {
        visit(path, entry.first_cluster, parent, depth + 1);
      } else {
        wrong_length(path, *count);
      }
      return;
    }
    result_.files++;
    const std::uint64_t needed =
        (std::uint64_t{entry.size_bytes} + boot_.cluster_bytes - 1) / boot_.cluster_bytes;
    if (*count != needed) wrong_length(path, *count);
  }

  void wrong_length(const std::string& path, std::uint64_t clusters) {
    add({.kind = ProblemKind::wrong_length, .path = path, .count = clusters * boot_.cluster_bytes});
    is_damaged_ = true;
  }

  // A broken chain may be why clusters look lost: then they stay, for a tool that saves them.
  void find_lost_clusters() {
    std::vector<ClusterRun> lost;
    std::uint64_t count = 0;
    for (std::uint32_t at = 2; at < table_.end(); at++) {
      const std::uint32_t value = table_.entry(at);
      if (value == 0 || table_.is_bad_mark(value) || owned_[at]) continue;
      count++;
      if (!lost.empty() && lost.back().first + lost.back().count == at) {
        lost.back().count++;
      } else {
        lost.push_back({.first = at, .count = 1});
      }
    }
    if (count == 0) return;
    const bool is_mended = mend_ && !is_damaged_;
    add({.kind = ProblemKind::lost_clusters, .count = count, .is_mended = is_mended});
    if (!is_mended) return;
    table_.release(lost);
    table_.commit();
  }

  void compare_backup() {
    if (boot_.backup_sector == 0) return;
    std::vector<std::byte> first(512);
    std::vector<std::byte> backup(512);
    store_.read(0, first);
    store_.read(std::uint64_t{boot_.backup_sector} * boot_.sector_bytes, backup);
    // Linux keeps its mark in the first one only.
    first[65] = backup[65];
    if (first != backup) add({.kind = ProblemKind::backup_boot_sector});
  }

  void check_info() {
    if (boot_.info_sector == 0) return;
    std::vector<std::byte> sector(boot_.sector_bytes);
    const std::uint64_t offset = std::uint64_t{boot_.info_sector} * boot_.sector_bytes;
    store_.read(offset, sector);
    const auto found = little_endian<std::uint32_t>(sector, 488, "FSInfo");
    const std::uint32_t free = table_.count_free();
    if (found == UINT32_MAX || found == free) return;
    add({.kind = ProblemKind::free_count, .count = found, .is_mended = mend_});
    if (!mend_) return;
    put_little_endian<std::uint32_t>(sector, 488, free);
    store_.write(offset, sector);
    store_.flush();
  }

  void check_mark() {
    if (table_.is_clean()) return;
    const bool is_mended =
        mend_ && std::all_of(result_.problems.begin(), result_.problems.end(),
                             [](const Problem& problem) { return problem.is_mended; });
    add({.kind = ProblemKind::not_unmounted, .is_mended = is_mended});
    if (!is_mended) return;
    table_.set_clean(true);
    table_.commit();
  }

  BlockStore& store_;
  FatBootSector boot_;
  Table table_;
  bool mend_;
  /// Clusters that a file or folder has.
  std::vector<bool> owned_;
  bool is_damaged_ = false;
  CheckResult result_;
};

}  // namespace

const char* name_of(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::fats_differ:
      return "fats-differ";
    case ProblemKind::lost_clusters:
      return "lost-clusters";
    case ProblemKind::orphaned_name:
      return "orphaned-name";
    case ProblemKind::not_unmounted:
      return "not-unmounted";
    case ProblemKind::free_count:
      return "free-count";
    case ProblemKind::backup_boot_sector:
      return "backup-boot-sector";
    case ProblemKind::broken_chain:
      return "broken-chain";
    case ProblemKind::crossed_chains:
      return "crossed-chains";
    case ProblemKind::wrong_length:
      return "wrong-length";
    case ProblemKind::wrong_dots:
      return "wrong-dots";
  }
  return "";
}

bool CheckResult::is_clean() const {
  return std::all_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.is_mended; });
}

CheckResult check(BlockStore& store, bool mend) { return Checker(store, mend).run(); }

}  // namespace nacre::fat
