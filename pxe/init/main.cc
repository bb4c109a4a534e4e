// PID 1 of Merlin. It only mounts, starts, listens and ends: all that may fail runs in a child,
// because a PID 1 that dies is a kernel panic.
#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "background.h"
#include "files.h"
#include "screen.h"
#include "start.h"
#include "watchdog.h"

namespace {

using nacre::init::say;

constexpr int kTickMs = 1000;
/// How long a failure stays on the screen before the machine starts again.
constexpr int kFailureSeconds = 60;

void mount_system() {
  struct Row {
    const char* type;
    const char* folder;
  };
  constexpr std::array<Row, 4> kRows = {
      {{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}, {"tmpfs", "/tmp"}}};
  for (const auto& [type, folder] : kRows) {
    mkdir(folder, 0755);
    mount(type, folder, type, 0, "");
  }
}

/// Node starts only when the kernel has entropy. A machine that has no source of it gathers it from
/// the ticks of its timer, one bit each, in whoever asks first and keeps the processor busy: better
/// in a process that leaves it to the others.
void gather_entropy() {
  if (!nacre::init::fork_background()) return;
  char byte = 0;
  const ssize_t ignored = getrandom(&byte, sizeof byte, 0);
  static_cast<void>(ignored);
  _exit(0);
}

/// Starts the child with its output in a pipe, whose other end is returned.
int start_child(pid_t& child) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  child = fork();
  if (child == 0) {
    const int input = open("/dev/tty1", O_RDONLY);
    dup2(input >= 0 ? input : open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    _exit(nacre::init::start_merlin());
  }
  close(ends[1]);
  return ends[0];
}

/// Shows what the child prints for at most a second; a terminal wants a carriage return.
void show_output(int output) {
  pollfd ready = {.fd = output, .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, kTickMs) <= 0) return;
  std::array<char, 4096> bytes{};
  const ssize_t count = read(output, bytes.data(), bytes.size());
  if (count <= 0) {
    // All writers are gone; the child is about to be.
    nacre::init::pause_ms(10);
    return;
  }
  std::string text;
  for (const char character : std::string_view(bytes.data(), static_cast<std::size_t>(count))) {
    if (character == '\n') text += '\r';
    text += character;
  }
  nacre::init::show(text);
}

/// The child's exit code; 128 and its number for a signal. Orphans are reaped on the way.
int wait_for(pid_t child, int output, nacre::init::Watchdog& watchdog) {
  while (true) {
    watchdog.feed();
    show_output(output);
    int status = 0;
    for (pid_t ended = 1; ended > 0;) {
      ended = waitpid(-1, &status, WNOHANG);
      const bool is_gone = ended < 0 && errno == ECHILD;
      if (ended != child && !is_gone) continue;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
  }
}

void show_failure(int code, nacre::init::Watchdog& watchdog) {
  if (code != nacre::init::kExitShown) {
    say({"Merlin ended unexpectedly", "exit code " + std::to_string(code),
         "Note the lines above and call your administrator."});
  }
  say("this device starts again in " + std::to_string(kFailureSeconds) + " s");
  for (int second = 0; second < kFailureSeconds; second++) {
    watchdog.feed();
    nacre::init::pause_ms(1000);
  }
}

}  // namespace

int main() {
  mount_system();
  nacre::init::open_outputs();
  say("Merlin: user space");
  gather_entropy();
  nacre::init::Watchdog watchdog;
  pid_t child = -1;
  const int output = start_child(child);
  const int code = child < 0 ? 1 : wait_for(child, output, watchdog);
  const bool is_wanted = code == nacre::init::kExitRestart || code == nacre::init::kExitPowerOff;
  if (!is_wanted) show_failure(code, watchdog);
  const bool is_power_off = code == nacre::init::kExitPowerOff;
  say(is_power_off ? "Merlin: power off" : "Merlin: restart");
  sync();
  watchdog.disarm();
  reboot(is_power_off ? RB_POWER_OFF : RB_AUTOBOOT);
  // The kernel took neither: stay, a PID 1 that returns is a panic.
  while (true) nacre::init::pause_ms(kTickMs);
}
