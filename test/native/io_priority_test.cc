#include "core/io_priority.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace nacre {
namespace {

constexpr long lowest = (2L << 13) | 7L;

long own_priority() { return ::syscall(SYS_ioprio_get, 1, 0); }

TEST(IoPriority, EveryThreadGetsTheLowest) {
  std::atomic<bool> is_lowered = false;
  std::atomic<long> of_earlier = -1;
  std::thread earlier([&] {
    is_lowered.wait(false);
    of_earlier = own_priority();
  });
  const bool has_priorities = lower_io_priority();
  is_lowered = true;
  is_lowered.notify_all();
  earlier.join();
  if (!has_priorities) GTEST_SKIP() << "this kernel has no I/O priorities";
  EXPECT_EQ(own_priority(), lowest);
  EXPECT_EQ(of_earlier, lowest);
  long of_later = -1;
  std::thread([&] { of_later = own_priority(); }).join();
  EXPECT_EQ(of_later, lowest);
}

}  // namespace
}  // namespace nacre
