#include "decide.h"

#include <bit>
#include <cstring>

namespace nacre::write_cache {
namespace {

constexpr std::uint32_t kStoreMagic = 0x70416e53;
constexpr std::size_t kHeaderBytes = 16;

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

StoreState store_state(std::string_view head) {
  if (head.size() < kHeaderBytes) return StoreState::unusable;
  if (word_at(head, 0) == 0) return StoreState::empty;
  const std::uint32_t chunk_sectors = word_at(head, 12);
  const bool is_valid = word_at(head, 0) == kStoreMagic && word_at(head, 4) == 1 &&
                        word_at(head, 8) == 1 && std::has_single_bit(chunk_sectors) &&
                        chunk_sectors >= 8 && chunk_sectors <= 2048;
  return is_valid ? StoreState::valid : StoreState::unusable;
}

Decision decide(const Record& record, StoreState store, const Digest& base_head) {
  // Half of the base is new: only together with its store it is whole.
  if (record.is_merging && store == StoreState::valid)
    return {.empties_store = false,
            .record = record,
            .message = "a merge was interrupted: its changes are kept until it is done"};
  Decision decision = {.empties_store = true, .record = record, .message = ""};
  decision.record.base_head = base_head;
  decision.record.is_merging = false;
  if (record.is_merging && store == StoreState::unusable) {
    decision.record.is_lost = true;
    decision.message = "a merge was interrupted and its changes cannot be read: image this device";
    return decision;
  }
  if (record.mode == Mode::restore) {
    decision.record.is_lost = false;
    return decision;
  }
  const bool is_known_base = record.base_head == Digest{} || record.base_head == base_head;
  if (store == StoreState::valid && is_known_base) {
    decision.empties_store = false;
    return decision;
  }
  if (store == StoreState::empty) return decision;
  decision.record.is_lost = true;
  decision.message = store == StoreState::valid
                         ? "the OS partition was changed below its write cache: the changes in it "
                           "are dropped"
                         : "the store cannot be used: the changes in it are dropped";
  return decision;
}

}  // namespace nacre::write_cache
