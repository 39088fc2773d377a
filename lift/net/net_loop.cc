#include "lift/net/detail/net_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>

#include "lift/asio.h"

namespace lift::detail {

NetLoop::NetLoop(Workers& workers) : workers_(workers) {}

void NetLoop::run() {
  const Scope scope(*this);
  const auto work = boost::asio::make_work_guard(context_);
  context_.run();
}

void NetLoop::run_one() {
  const Scope scope(*this);
  context_.restart();
  context_.run_one();
}

void NetLoop::post(Posted& work) noexcept {
  const std::lock_guard lock(mutex_);
  const bool first = posted_.empty();
  posted_.push_back(work);
  if (first) boost::asio::post(context_, [this] { run_posted(); });
}

void NetLoop::run_posted() noexcept {
  const Scope scope(*this);
  IntrusiveList<Posted> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.splice_back(posted_);
  }
  while (Posted* work = taken.pop_front()) work->run();
}

void NetLoop::wake_at(Instant when) noexcept {
  if (when >= wakes_at_) return;
  wakes_at_ = when;
  timer_.expires_at(std::chrono::steady_clock::time_point(when.time_since_epoch()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // moved forward
    wakes_at_ = kNever;
    timers_.advance(clock_.now());
  });
}

}  // namespace lift::detail

namespace lift {

boost::asio::io_context& asio_context() noexcept {
  auto* loop = dynamic_cast<detail::NetLoop*>(Loop::try_current());
  if (loop == nullptr) {
    std::fputs("lift: asio_context() was used on a thread that no server loop runs\n", stderr);
    std::abort();
  }
  return loop->context();
}

}  // namespace lift
