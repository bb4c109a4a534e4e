#pragma once

#include <cstdint>

#include "core/bytes.h"

namespace nacre::pipeline {

/// The bytes of a pack that somebody else fetches, such as from a web server. Every member may be
/// called from any thread.
class PackReader {
 public:
  PackReader() = default;
  virtual ~PackReader() = default;
  PackReader(const PackReader&) = delete;
  PackReader& operator=(const PackReader&) = delete;
  PackReader(PackReader&&) = delete;
  PackReader& operator=(PackReader&&) = delete;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Fills `target` from `offset`, which with its length lies inside `size()`, and blocks until it
  /// is there. `attempt` counts from 0: a higher one says that the bytes of the last one were
  /// damaged and that they are wanted from somewhere else.
  /// @returns false when there is nowhere else to read from; `target` is then as it was.
  /// @throws what the owner failed with; Cancelled when it has stopped
  [[nodiscard]] virtual bool read(std::uint64_t offset, MutableBytes target,
                                  unsigned attempt) const = 0;
};

}  // namespace nacre::pipeline
