#pragma once

#include <memory>

#include "core/bytes.h"

namespace nacre::pipeline {

/// Frames on their way out of a capture.
struct FrameBatch {
  /// Frame records, as a pack index holds them.
  Bytes frames;
  /// Digests of the chunks of these frames, one after the other.
  Bytes digests;
  /// The stored bytes of the frames.
  Bytes stored;
};

/// Takes the frames of a capture where no pack files are wanted.
class FrameSink {
 public:
  /// A batch that was handed over.
  class Pending {
   public:
    Pending() = default;
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    Pending(Pending&&) = delete;
    Pending& operator=(Pending&&) = delete;
    virtual ~Pending() = default;
    /// Returns when the batch has arrived. @throws what kept it from that, Cancelled
    virtual void wait() = 0;
  };

  FrameSink() = default;
  FrameSink(const FrameSink&) = delete;
  FrameSink& operator=(const FrameSink&) = delete;
  FrameSink(FrameSink&&) = delete;
  FrameSink& operator=(FrameSink&&) = delete;
  virtual ~FrameSink() = default;

  /// Takes a copy of a batch and does not wait for it. Batches come in disk order, one at a time;
  /// several are on their way until each thread of the capture waits for one of its own.
  [[nodiscard]] virtual std::unique_ptr<Pending> hand(const FrameBatch& batch) = 0;
};

}  // namespace nacre::pipeline
