#include "lift/net/detail/poller.h"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>

namespace lift::detail {
namespace {

constexpr int kBatch = 128;  // sockets before the loop's other work has its turn

}  // namespace

Poller::Poller(boost::asio::io_context& context) : set_(context, ::epoll_create1(EPOLL_CLOEXEC)) {
  wait();
}

void Poller::join(int fd, std::uint32_t events, Polled& socket) {
  epoll_event event{.events = events, .data = {.ptr = &socket}};
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Poller::change(int fd, std::uint32_t events, Polled& socket) noexcept {
  epoll_event event{.events = events, .data = {.ptr = &socket}};
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::leave(int fd, Polled& socket) noexcept {
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  const bool first = left_.empty();
  left_.push_back(socket);
  // The batch under way may still name it, and so may its own callers.
  if (first && !dispatching_) boost::asio::post(set_.get_executor(), [this] { release(); });
}

void Poller::wait() noexcept {
  set_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                  [this](const boost::system::error_code& error) {
                    if (!error) dispatch();
                  });
}

void Poller::dispatch() noexcept {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), kBatch, 0);
  dispatching_ = true;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<Polled*>(event.data.ptr)->ready(event.events);
  }
  dispatching_ = false;
  release();
  wait();
}

void Poller::release() noexcept {
  while (Polled* socket = left_.pop_front()) socket->released();
}

}  // namespace lift::detail
