// Maps the root of an OS over its write cache, in the initramfs: `nacre-writecache start NODE`
// prints the node to mount. What it cannot do it says on stderr, and prints NODE: the device comes
// up in any case.
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decide.h"
#include "device_mapper.h"
#include "partition.h"
#include "record.h"

namespace {

using namespace nacre::write_cache;  // this file is its command line

constexpr std::uint64_t kSectorBytes = 512;
/// Names of the mapped devices; src/disk/write-cache.ts knows them too.
constexpr const char* kStoreName = "nacre-store";
constexpr const char* kModeName = "nacre-mode";
constexpr const char* kRootName = "nacre-root";

void say(std::string_view text) {
  static_cast<void>(
      std::fprintf(stderr, "nacre-writecache: %.*s\n", static_cast<int>(text.size()), text.data()));
}

struct Cache {
  Partition partition;
  Record record;
};

/// The write cache of a base; nothing, and a line that says why, when it has none or several.
std::optional<Cache> find_cache(const std::vector<Partition>& partitions) {
  const Partition& base = partitions.front();
  std::optional<Cache> found;
  for (std::size_t index = 1; index < partitions.size(); index++) {
    const Partition& partition = partitions[index];
    const auto record = read_record(partition);
    if (!record) continue;
    if (record->base_start != base.start_bytes || record->base_bytes != base.bytes) {
      say(partition.node + " is a write cache for another partition");
      continue;
    }
    if (found) {
      say("there are several write caches, so that none is used");
      return std::nullopt;
    }
    found = Cache{.partition = partition, .record = *record};
  }
  return found;
}

/// Applies the rules, and maps. The tail is a device of its own, so that the mode can be changed
/// while the store is in use.
std::string start(const Partition& base, const Cache& cache) {
  const Partition& place = cache.partition;
  const Digest head = digest_of(read_at(base.node, 0, kBaseHeadBytes));
  Decision decision = decide(cache.record, store_state(read_at(place.node, 0, kBlockBytes)), head);
  if (!decision.message.empty()) say(decision.message);
  if (decision.empties_store) write_at(place.node, 0, std::string(kStoreHeadBytes, '\0'));
  if (decision.record != cache.record) {
    decision.record.sequence++;
    store_record(place, decision.record);
  }
  const std::uint64_t store = cache.record.store_bytes / kSectorBytes;
  const std::string on_place = place.number + " ";
  set_read_only(base.node, true);
  const std::string mode =
      make_mapped(kModeName, kTailBytes / kSectorBytes, "linear", on_place + std::to_string(store));
  const std::string cow = make_mapped(kStoreName, store, "linear", on_place + "0");
  return make_mapped(kRootName, base.bytes / kSectorBytes, "snapshot",
                     base.number + " " + cow + " PO " + std::to_string(cache.record.chunk_sectors));
}

/// Leaves nothing mapped, so that the partition can be mounted as it is.
void undo(const Partition& base) noexcept {
  for (const char* name : {kRootName, kStoreName, kModeName}) remove_mapped(name);
  try {
    set_read_only(base.node, false);
  } catch (const std::exception& error) {
    say(error.what());
  }
}

std::string root_for(const std::string& node) {
  const std::vector<Partition> partitions = partitions_of_disk(node);
  if (partitions.empty()) return node;
  const std::optional<Cache> cache = find_cache(partitions);
  if (!cache) return node;
  try {
    const bool keeps = cache->record.mode == Mode::keep;
    std::string root = start(partitions.front(), *cache);
    say(keeps ? "changes are kept" : "changes are dropped at the next start");
    return root;
  } catch (const std::exception& error) {
    say(error.what());
    say("the OS starts without its write cache: what it writes goes to its own partition");
    undo(partitions.front());
    return node;
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 3 || std::strcmp(words[1], "start") != 0) {
    static_cast<void>(std::fputs("usage: nacre-writecache start NODE\n", stderr));
    return 2;
  }
  std::string root = words[2];
  try {
    root = root_for(root);
  } catch (const std::exception& error) {
    say(error.what());
  }
  return std::puts(root.c_str()) < 0 ? 1 : 0;
}
