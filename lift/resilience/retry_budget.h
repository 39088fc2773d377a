#pragma once
// How many retries a client may make of one dependency: few enough that they never become the
// outage.
//
// A bucket of tokens: a retry takes one, a success brings a tenth back, and time brings one a
// second, for clients with little traffic. Over any time t a client makes at most
// capacity + return_per_success · successes + reserve_per_second · t retries.
// Source: gRPC proposal A6 (retry throttling) for the success-funded bucket, Finagle's RetryBudget
// for the reserve. One word holds it all: the instant at which the bucket was empty if only time
// had filled it, as GCRA counts.
//
// Thread-safety: lock-free, share it among all threads; exact.
// Cost: a success about 2 ns while the bucket is full, 3 ns else; no allocation.

#include <atomic>
#include <cstdint>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

struct RetryBudgetOptions {
  /// Tokens at most, and at the start: 1 to 10,000. One retry takes one.
  double capacity = 100;
  /// Tokens that a success brings: 0.001 to 1. 0.1: one retry in ten successes.
  double return_per_success = 0.1;
  /// Tokens that a second brings: 0.01 to 1,000.
  double reserve_per_second = 1;

  [[nodiscard]] Problems validate() const;
};

class RetryBudget {
 public:
  /// `options` must be valid: validate() finds nothing.
  explicit RetryBudget(const RetryBudgetOptions& options = {}) noexcept;

  /// Takes the token of a retry that is about to be waited for; false, and nothing taken, if there
  /// is none: then give up.
  [[nodiscard]] bool try_spend(Instant now) noexcept;
  /// A first attempt that succeeded.
  void succeeded(Instant now) noexcept;
  /// Gives a token back: the retry was never sent, or it succeeded.
  void refund() noexcept;
  /// 0 to `capacity`; for metrics.
  [[nodiscard]] double tokens(Instant now) const noexcept;

 private:
  /// All in nanoseconds in which the reserve fills that much.
  Duration::rep token_;
  Duration::rep success_;
  Duration::rep capacity_;
  /// Tokens are what time has filled since then, `capacity_` at most.
  std::atomic<Duration::rep> empty_at_;
};

/// A token that was taken for an attempt: given back where that is not made after all. The budget
/// outlives it.
class RetryToken {
 public:
  explicit RetryToken(RetryBudget& budget) noexcept : budget_(&budget) {}
  RetryToken(const RetryToken&) = delete;
  RetryToken& operator=(const RetryToken&) = delete;
  ~RetryToken() {
    if (budget_ != nullptr) budget_->refund();
  }
  void used() noexcept { budget_ = nullptr; }

 private:
  RetryBudget* budget_;
};

}  // namespace lift
