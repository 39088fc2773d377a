#include "lift/health/detail/mailbox.h"

#include <utility>

namespace lift::detail {

void Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(work));
  if (loop_ == nullptr || in_flight_) return;
  in_flight_ = shared_from_this();
  loop_->post(arrival_);
}

void Mailbox::open(Loop& loop) {
  std::vector<std::function<void()>> taken;
  {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    taken.swap(waiting_);
  }
  for (const auto& work : taken) work();
}

void Mailbox::arrived() noexcept {
  std::vector<std::function<void()>> taken;
  std::shared_ptr<Mailbox> keep;
  {
    const std::lock_guard lock(mutex_);
    keep = std::move(in_flight_);
    taken.swap(waiting_);
  }
  for (const auto& work : taken) work();
}

void Mailbox::close() noexcept {
  std::vector<std::function<void()>> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  loop_ = nullptr;
  dropped.swap(waiting_);
}

}  // namespace lift::detail
