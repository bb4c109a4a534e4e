#include "core/pipeline/control.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

namespace nacre::pipeline {

void Control::fail(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    // An error after a cancel is one of its consequences, too.
    if (!error_ && !stop_.stop_requested()) error_ = std::move(error);
  }
  stop_.request_stop();
}

void Control::rethrow() const {
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
  if (stop_.stop_requested()) throw Cancelled();
}

void run_workers(Control& control, unsigned count, const std::function<void()>& work) {
  {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    const auto guarded = [&control, &work] {
      try {
        work();
      } catch (...) {
        control.fail(std::current_exception());
      }
    };
    try {
      for (unsigned i = 0; i < count; i++) threads.emplace_back(guarded);
    } catch (...) {
      control.fail(std::current_exception());
    }
  }
  control.rethrow();
}

unsigned thread_count(unsigned asked, unsigned per_core) {
  if (asked != 0) return std::min(asked, 64U);
  return std::clamp(std::thread::hardware_concurrency() * per_core, 2U, 8U);
}

}  // namespace nacre::pipeline
