#include "uevents.h"

#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "files.h"

namespace nacre::init {
namespace {

/// The only group of this protocol that the kernel itself speaks to.
constexpr unsigned kKernel = 1;

}  // namespace

Uevents::Uevents()
    : socket_(
          socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT)) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kKernel;
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (bind(socket_.get(), any, sizeof address) != 0) socket_.reset();
}

bool Uevents::wait(int most_milliseconds) {
  if (!socket_.is_open()) {
    pause_ms(most_milliseconds);
    return true;
  }
  pollfd ready = {.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, most_milliseconds) <= 0) return false;
  std::array<char, 4096> message{};
  while (recv(socket_.get(), message.data(), message.size(), 0) > 0 || errno == ENOBUFS) {
    // ENOBUFS: more came than there is room for; the next call goes on behind the gap.
    errno = 0;
  }
  return true;
}

}  // namespace nacre::init
