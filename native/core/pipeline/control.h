#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>

namespace nacre::pipeline {

/// Thrown out of an operation that `Control::cancel` stopped.
class Cancelled final : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "cancelled"; }
};

/// What the threads of one operation share with each other and with the one who watches it: the
/// wish to stop, the first error, and counters of bytes. Every member may be called from any
/// thread.
class Control {
 public:
  /// Asks all threads to stop at the next job.
  void cancel() { stop_.request_stop(); }
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  [[nodiscard]] bool is_stopped() const { return stop_.stop_requested(); }

  /// Keeps the first error and stops everybody; later ones are consequences.
  void fail(std::exception_ptr error);
  /// After the threads have ended: throws the first error, or Cancelled when somebody asked to
  /// stop.
  void rethrow() const;

  void set_total(std::uint64_t bytes) { total_.store(bytes, std::memory_order_relaxed); }
  void add_done(std::uint64_t bytes) { done_.fetch_add(bytes, std::memory_order_relaxed); }
  void add_written(std::uint64_t bytes) { written_.fetch_add(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t total() const { return total_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }

 private:
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::exception_ptr error_;
  std::atomic<std::uint64_t> total_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
};

/// Runs `work` on `count` threads of its own and returns when all have ended.
/// @throws the first error of any of them, Cancelled, or std::system_error when no thread could
/// start.
void run_workers(Control& control, unsigned count, const std::function<void()>& work);

/// `asked`, or when it is 0: `per_core` threads per core, between 2 and 8. More threads than cores
/// keep the disk busy while others compute (reference figures: docs/performance.md).
[[nodiscard]] unsigned thread_count(unsigned asked, unsigned per_core);

}  // namespace nacre::pipeline
