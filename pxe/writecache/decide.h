#pragma once

#include <string_view>

#include "record.h"

namespace nacre::write_cache {

/// What the first bytes of a store say.
enum class StoreState { empty, valid, unusable };

[[nodiscard]] StoreState store_state(std::string_view head);

/// What a start does before it maps the root.
struct Decision {
  /// The changes in the store are dropped.
  bool empties_store = false;
  /// The record as it is from now on; its sequence goes up when it differs.
  Record record;
  /// A line for people; empty when there is nothing to say.
  std::string_view message;
};

/// The rules of docs/write-cache.md, "At each start".
[[nodiscard]] Decision decide(const Record& record, StoreState store, const Digest& base_head);

}  // namespace nacre::write_cache
