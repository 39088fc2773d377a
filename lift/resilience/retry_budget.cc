#include "lift/resilience/retry_budget.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace lift {
namespace {

/// A bucket that was empty then is full at any time that a clock shows.
constexpr Duration::rep kLongAgo = std::numeric_limits<Duration::rep>::min() / 4;

void check(Problems& problems, const char* field, double value, double least, double most,
           const char* rule) {
  if (!(value >= least && value <= most)) problems.add(field, std::to_string(value), rule);
}

}  // namespace

Problems RetryBudgetOptions::validate() const {
  Problems problems;
  check(problems, "capacity", capacity, 1, 10'000, "must be from 1 to 10000");
  check(problems, "return_per_success", return_per_success, 0.001, 1, "must be from 0.001 to 1");
  check(problems, "reserve_per_second", reserve_per_second, 0.01, 1000,
        "must be from 0.01 to 1000");
  return problems;
}

RetryBudget::RetryBudget(const RetryBudgetOptions& options) noexcept
    : token_(std::llround(1e9 / options.reserve_per_second)),
      success_(std::llround(1e9 / options.reserve_per_second * options.return_per_success)),
      capacity_(std::llround(1e9 / options.reserve_per_second * options.capacity)),
      empty_at_(kLongAgo) {}

bool RetryBudget::try_spend(Instant now) noexcept {
  const Duration::rep at = now.time_since_epoch().count();
  Duration::rep seen = empty_at_.load(std::memory_order_relaxed);
  while (true) {
    const Duration::rep spent = std::max(seen, at - capacity_) + token_;
    if (spent > at) return false;
    if (empty_at_.compare_exchange_weak(seen, spent, std::memory_order_relaxed)) return true;
  }
}

void RetryBudget::succeeded(Instant now) noexcept {
  const Duration::rep full = now.time_since_epoch().count() - capacity_;
  // Full is how a healthy client finds it: then the line stays shared among the cores.
  if (empty_at_.load(std::memory_order_relaxed) <= full) return;
  empty_at_.fetch_sub(success_, std::memory_order_relaxed);
}

void RetryBudget::refund() noexcept { empty_at_.fetch_sub(token_, std::memory_order_relaxed); }

double RetryBudget::tokens(Instant now) const noexcept {
  const Duration::rep at = now.time_since_epoch().count();
  const Duration::rep empty = std::max(empty_at_.load(std::memory_order_relaxed), at - capacity_);
  return static_cast<double>(std::max<Duration::rep>(at - empty, 0)) / static_cast<double>(token_);
}

}  // namespace lift
