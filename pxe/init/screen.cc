#include "screen.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

namespace nacre::init {
namespace {

/// The kernel's command line decides where /dev/console leads; a person may look at either.
constexpr std::array<const char*, 2> kOutputs = {"/dev/tty1", kSerialLine};
constexpr int kNone = -1;
std::array<int, kOutputs.size()> outputs = {kNone, kNone};

/// A line without a reader (no UART, hardware flow control) takes nothing: the rest is dropped.
void write_some(int output, std::string_view text) {
  constexpr int kMostPauses = 200;
  constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 5'000'000};
  for (int pauses = 0; !text.empty() && pauses < kMostPauses;) {
    const ssize_t written = write(output, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      pauses = 0;
    } else if (written < 0 && errno == EAGAIN) {
      nanosleep(&kPause, nullptr);
      pauses++;
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace

std::string reason_of(int error_number) { return std::strerror(error_number); }

void open_outputs() {
  for (std::size_t i = 0; i < kOutputs.size(); i++) {
    outputs[i] = open(kOutputs[i], O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  }
}

void show(std::string_view text) {
  for (const int output : outputs) {
    if (output != kNone) write_some(output, text);
  }
}

void say(std::string_view line) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  std::array<char, 32> time{};
  const double seconds = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  static_cast<void>(std::snprintf(time.data(), time.size(), "[%7.2f] ", seconds));
  show(std::string(time.data()).append(line).append("\r\n"));
}

void say(const Problem& problem) {
  say(std::string("PROBLEM: ") + problem.what());
  say("why:  " + problem.why());
  say("hint: " + problem.hint());
}

}  // namespace nacre::init
