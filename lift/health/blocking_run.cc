#include "lift/health/detail/blocking_run.h"

#include <utility>

namespace lift::detail {

void LoopGate::close() noexcept {
  const std::lock_guard lock(mutex_);
  loop_ = nullptr;
}

bool LoopGate::post(Posted& work) noexcept {
  const std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return false;
  loop_->post(work);
  return true;
}

std::optional<Instant> LoopGate::now() noexcept {
  const std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return std::nullopt;
  return loop_->clock().now();
}

bool BlockingRun::begin(Workers& workers) noexcept {
  self_ = shared_from_this();
  if (workers.submit(*this)) return true;
  self_.reset();
  return false;
}

std::optional<Instant> BlockingRun::begun() const noexcept {
  const Instant at{Duration(begun_.load(std::memory_order_acquire))};
  return at == kNever ? std::nullopt : std::optional(at);
}

void BlockingRun::run() noexcept {
  const std::optional<Instant> now = gate_->now();
  if (now) {
    begun_.store(now->time_since_epoch().count(), std::memory_order_release);
    try {
      result_ = (*function_)();
    } catch (...) {
      result_ = thrown(std::current_exception());
    }
    if (gate_->post(back_)) return;
  }
  // Last of all, as it may be what keeps this alive.
  const std::shared_ptr<BlockingRun> last = std::move(self_);
}

void BlockingRun::back() noexcept {
  const std::shared_ptr<BlockingRun> last = std::move(self_);
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->returned(std::move(result_));
}

CheckResult thrown(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return CheckResult::fail("exception", known.what());
  } catch (...) {
    return CheckResult::fail("exception");
  }
}

}  // namespace lift::detail
