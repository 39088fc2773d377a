#include "lift/net/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace lift {
namespace {

sigset_t awaited_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  interrupts_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  if (signals_ < 0 || interrupts_ < 0) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
}

Signals::~Signals() {
  const sigset_t set = awaited_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::close(signals_);
  ::close(interrupts_);
}

int Signals::wait() noexcept {
  std::array<pollfd, 2> ready{{{signals_, POLLIN, 0}, {interrupts_, POLLIN, 0}}};
  while (true) {
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      return static_cast<int>(info.ssi_signo);
    }
    std::uint64_t count = 0;
    if (::read(interrupts_, &count, sizeof(count)) == static_cast<ssize_t>(sizeof(count))) return 0;
    ::poll(ready.data(), ready.size(), -1);
  }
}

void Signals::interrupt() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(interrupts_, &one, sizeof(one)));
}

}  // namespace lift
