// SPDX-License-Identifier: GPL-2.0-or-later
// nacre-files: changes files of NTFS and ext volumes inside a disk or image file, for nacre.
//
// A program of its own: its libraries are GPL, and a volume that makes them fail ends this process
// only. It reads requests from its standard input (ntfs/protocol.h) and answers on its output;
// exit code 0 when everything was answered, also by an error.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <vector>

#include "ntfs/protocol.h"
#include "ntfs/session.h"

namespace nacre::files {
namespace {

/// Bytes of memory that a volume can make the libraries take.
constexpr rlim_t most_memory = rlim_t{1} << 30U;

void limit_process() {
  const rlimit memory{.rlim_cur = most_memory, .rlim_max = most_memory};
  ::setrlimit(RLIMIT_AS, &memory);
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  // Nobody reads the answers of a program whose parent is gone.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/// Fills `target`. @returns false when the input ends before its first byte.
bool read_input(MutableBytes target) {
  for (std::size_t done = 0; done < target.size();) {
    const ssize_t count = ::read(STDIN_FILENO, target.data() + done, target.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw OsError(errno, "read", "standard input");
    if (count == 0 && done == 0) return false;
    if (count == 0) throw FormatError("request: the input ends in it");
    done += static_cast<std::size_t>(count);
  }
  return true;
}

std::optional<std::vector<std::byte>> next_frame() {
  std::array<std::byte, 4> head{};
  if (!read_input(head)) return std::nullopt;
  const auto length = little_endian<std::uint32_t>(head, 0, "request");
  if (length == 0 || length > most_frame_bytes) throw FormatError("request: length");
  std::vector<std::byte> frame(length);
  if (!read_input(frame)) throw FormatError("request: the input ends in it");
  return frame;
}

void write_output(const std::vector<std::byte>& frame) {
  for (std::size_t done = 0; done < frame.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, frame.data() + done, frame.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw OsError(errno, "write", "standard output");
    done += static_cast<std::size_t>(count);
  }
}

Request needed_request() {
  const auto frame = next_frame();
  if (!frame) throw FormatError("request: the input ends where bytes are needed");
  return parse_request(*frame);
}

void serve() {
  Session session(write_output, needed_request);
  while (const auto frame = next_frame()) session.handle(parse_request(*frame));
}

std::vector<std::byte> frame_of(const OsError& error) {
  const char* const name = ::strerrorname_np(error.error_number());
  return error_frame("DISK_IO", {{"syscall", error.syscall()},
                                 {"path", error.path()},
                                 {"reason", name == nullptr ? "unknown" : name}});
}

std::vector<std::byte> answer_failure() {
  try {
    throw;
  } catch (const CodedError& error) {
    return error_frame(error.code(), error.facts());
  } catch (const OsError& error) {
    return frame_of(error);
  } catch (const FormatError& error) {
    return error_frame("DISK_STRUCTURE", {{"what", error.what()}});
  } catch (const std::bad_alloc&) {
    return error_frame("VOLUME_DAMAGED",
                       {{"fileSystem", "volume"}, {"reason", "it asks for too much memory"}});
  }
}

int run() {
  limit_process();
  try {
    serve();
    return 0;
  } catch (...) {
    write_output(answer_failure());
  }
  // Not through the destructors: what a library wants to write when it closes is not wanted.
  ::_exit(0);
}

}  // namespace
}  // namespace nacre::files

int main() {
  try {
    return nacre::files::run();
  } catch (const std::exception&) {
    // The answer could not be written: the parent is gone.
    return 1;
  }
}
