#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>

namespace nacre::pipeline {

/// Lets threads through one at a time in the order of their tickets 0, 1, 2, …, so that what
/// happens between `enter` and `leave` is the same whatever the number of threads. Tickets must be
/// handed out in order, and whoever holds one must come here: then the lowest one never waits.
class Sequencer {
 public:
  explicit Sequencer(std::stop_token stop) : stop_(std::move(stop)) {}

  /// Waits for `ticket`'s turn. @returns false when the operation is to stop instead.
  [[nodiscard]] bool enter(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    return turn_.wait(lock, stop_, [&] { return next_ == ticket; });
  }

  /// Lets the next ticket in. What was written before is visible to it.
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      next_++;
    }
    turn_.notify_all();
  }

 private:
  std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any turn_;
  std::uint64_t next_ = 0;
};

}  // namespace nacre::pipeline
