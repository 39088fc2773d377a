#include "lift/resilience/circuit_breaker.h"

#include <gtest/gtest.h>

#include <vector>

namespace lift {
namespace {

using namespace std::chrono_literals;
using Ticket = CircuitBreaker::Ticket;
using Counted = CircuitBreaker::Counted;

class CircuitBreakerTest : public testing::Test {
 protected:
  void with(const CircuitBreakerOptions& options) {
    EXPECT_EQ(options.validate().text(), "");
    terms = BreakerTerms(options);
  }
  std::optional<Ticket> admit() {
    last = breaker.admit(terms, now, random);
    return last.ticket;
  }
  CircuitBreaker::Record record(Ticket ticket, OutcomeKind kind, Duration took = 1ms,
                                std::optional<Duration> retry_after = {}) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.duration = took;
    outcome.retry_after = retry_after;
    return breaker.record(terms, ticket, outcome, now, random);
  }
  /// One call, begun and ended now; false if it was refused.
  bool call(OutcomeKind kind, Duration took = 1ms) {
    const std::optional<Ticket> ticket = admit();
    if (ticket) record(*ticket, kind, took);
    return ticket.has_value();
  }
  void calls(int times, OutcomeKind kind) {
    for (int i = 0; i < times; ++i) call(kind);
  }
  /// Opens it, and waits until it may be probed.
  void open_and_wait() {
    calls(5, OutcomeKind::failure);
    ASSERT_EQ(breaker.mode(), BreakerMode::open);
    now = breaker.until();
  }

  BreakerTerms terms{CircuitBreakerOptions{}};
  CircuitBreaker breaker;
  SeededRandom random{1};
  Instant now{1h};
  CircuitBreaker::Admission last;
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  calls(4, OutcomeKind::failure);
  call(OutcomeKind::success);
  calls(4, OutcomeKind::timeout);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  const auto ticket = admit();
  const auto recorded = record(*ticket, OutcomeKind::failure);
  ASSERT_TRUE(recorded.change.has_value());
  EXPECT_EQ(recorded.change->from, BreakerMode::closed);
  EXPECT_EQ(recorded.change->to, BreakerMode::open);
  EXPECT_EQ(recorded.change->cause, BreakerCause::consecutive_failures);
  EXPECT_EQ(recorded.change->counts.calls, 10U);
  EXPECT_EQ(recorded.change->counts.failures, 9U);
  EXPECT_FALSE(admit());
}

TEST_F(CircuitBreakerTest, FailuresInARowSayNothingOfManyCalls) {
  calls(95, OutcomeKind::success);
  calls(6, OutcomeKind::failure);  // six percent
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
}

TEST_F(CircuitBreakerTest, OpensAtItsShareOfFailuresAlsoByASuccess) {
  with({.consecutive_failures = {}});
  calls(10, OutcomeKind::failure);
  calls(9, OutcomeKind::success);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed) << "19 calls are too few";
  call(OutcomeKind::success);
  EXPECT_EQ(breaker.mode(), BreakerMode::open) << "half of 20";
}

TEST_F(CircuitBreakerTest, OpensWhenSuccessesGrowOldAroundFailures) {
  with({.minimum_calls = 10, .failure_rate = 0.5, .consecutive_failures = {}});
  calls(12, OutcomeKind::success);
  now += 5s;
  calls(9, OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed) << "9 of 21";
  now += 5s;  // the successes are out of the window
  call(OutcomeKind::success);
  EXPECT_EQ(breaker.mode(), BreakerMode::open) << "9 of 10";
}

TEST_F(CircuitBreakerTest, ForgetsAWindowThatIsOver) {
  with({.consecutive_failures = {}});
  calls(19, OutcomeKind::failure);
  now += 11s;
  call(OutcomeKind::failure);
  EXPECT_EQ(breaker.counts(terms, now).calls, 1U);
}

/// Slots know their round by ten bits: what comes back to the same bits must not count.
TEST_F(CircuitBreakerTest, ForgetsAlsoAfterExactlyARoundOfTags) {
  with({.consecutive_failures = {}});
  calls(19, OutcomeKind::failure);
  for (const Duration pause : {5120s, 10'240s, 1024s * 10}) {
    now += pause;
    call(OutcomeKind::failure);
    EXPECT_EQ(breaker.counts(terms, now).calls, 1U) << pause / 1s;
  }
}

TEST_F(CircuitBreakerTest, OpensForSlowCallsThoughTheySucceed) {
  with({.minimum_calls = 10, .slow_rate = 0.6, .slow_call = 2s});
  for (int i = 0; i < 9; ++i) call(OutcomeKind::success, i % 3 == 0 ? 1s : 2s);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  const auto ticket = admit();
  const auto recorded = record(*ticket, OutcomeKind::success, 3s);
  ASSERT_TRUE(recorded.change.has_value());
  EXPECT_EQ(recorded.change->cause, BreakerCause::slow_rate);
  EXPECT_EQ(recorded.change->counts.slow, 7U);
}

TEST_F(CircuitBreakerTest, WhatSaysNothingIsNotCounted) {
  for (const OutcomeKind kind :
       {OutcomeKind::rejected, OutcomeKind::cancelled_by_caller, OutcomeKind::cancelled_by_us,
        OutcomeKind::ignored, OutcomeKind::overload}) {
    calls(50, kind);
    EXPECT_EQ(breaker.counts(terms, now).calls, 0U);
  }
  calls(4, OutcomeKind::failure);
  call(OutcomeKind::rejected);
  call(OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::open) << "nor does it end a row";
}

TEST_F(CircuitBreakerTest, OverloadCountsWhereItIsToldTo) {
  with({.count_overload = true});
  calls(5, OutcomeKind::overload);
  EXPECT_EQ(breaker.mode(), BreakerMode::open);
}

TEST_F(CircuitBreakerTest, CountsTheLastCallsWhereItIsToldTo) {
  with({.count_window = 100, .minimum_calls = 100, .consecutive_failures = {}});
  calls(49, OutcomeKind::failure);
  calls(51, OutcomeKind::success);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  now += 24h;
  calls(1, OutcomeKind::failure);  // in the place of a failure
  EXPECT_EQ(breaker.counts(terms, now).failures, 49U);
  calls(49, OutcomeKind::success);
  EXPECT_EQ(breaker.counts(terms, now).failures, 1U);
  calls(48, OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  call(OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::open);
}

TEST_F(CircuitBreakerTest, SaysHowLongItIsOpen) {
  with({.jitter = false});
  calls(5, OutcomeKind::failure);
  EXPECT_FALSE(admit());
  EXPECT_EQ(last.retry_after, 5s);
  now += 4999ms;
  EXPECT_FALSE(admit());
  EXPECT_EQ(last.retry_after, 1ms);
  now += 1ms;
  EXPECT_TRUE(admit());
  ASSERT_TRUE(last.change.has_value());
  EXPECT_EQ(last.change->to, BreakerMode::half_open);
  EXPECT_EQ(last.change->cause, BreakerCause::open_time_over);
}

TEST_F(CircuitBreakerTest, LetsExactlyItsProbesThrough) {
  open_and_wait();
  std::vector<Ticket> probes;
  while (const auto ticket = admit()) probes.push_back(*ticket);
  EXPECT_EQ(probes.size(), 5U);
  record(probes[0], OutcomeKind::success);
  EXPECT_FALSE(admit()) << "five in all, however they end";
  record(probes[1], OutcomeKind::cancelled_by_caller);
  EXPECT_TRUE(admit()) << "one that says nothing is given to another";
  EXPECT_FALSE(admit());
}

TEST_F(CircuitBreakerTest, ClosesAsSoonAsTheProbesHaveDecided) {
  open_and_wait();
  const Ticket first = *admit();
  const Ticket second = *admit();
  const Ticket third = *admit();
  const Ticket late = *admit();
  record(first, OutcomeKind::failure);
  record(second, OutcomeKind::success);
  record(third, OutcomeKind::ignored);  // somebody answered
  EXPECT_EQ(breaker.mode(), BreakerMode::half_open);
  const auto recorded = record(late, OutcomeKind::success);
  ASSERT_TRUE(recorded.change.has_value());
  EXPECT_EQ(recorded.change->cause, BreakerCause::probes_succeeded);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  EXPECT_EQ(breaker.counts(terms, now).calls, 0U) << "and starts anew";
}

TEST_F(CircuitBreakerTest, OpensAgainAsSoonAsTheProbesHaveDecided) {
  open_and_wait();
  const Ticket first = *admit();
  const Ticket second = *admit();
  const Ticket third = *admit();
  const Ticket late = *admit();
  record(first, OutcomeKind::timeout);
  record(second, OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::half_open);
  EXPECT_EQ(record(third, OutcomeKind::failure).change->cause, BreakerCause::probes_failed);
  EXPECT_EQ(breaker.mode(), BreakerMode::open);
  EXPECT_EQ(record(late, OutcomeKind::success).counted, Counted::stale);
}

TEST_F(CircuitBreakerTest, ASlowProbeHasFailed) {
  with({.slow_rate = 0.5, .slow_call = 1s, .probes = 1});
  calls(5, OutcomeKind::failure);
  now = breaker.until();
  call(OutcomeKind::success, 1s);
  EXPECT_EQ(breaker.mode(), BreakerMode::open);
}

TEST_F(CircuitBreakerTest, CannotHangHalfOpen) {
  with({.jitter = false, .half_open_limit = 7s});
  calls(5, OutcomeKind::failure);
  now += 5s;
  std::vector<Ticket> lost;
  while (const auto ticket = admit()) lost.push_back(*ticket);
  EXPECT_EQ(last.retry_after, 7s);
  now += 7s;
  EXPECT_FALSE(admit());
  ASSERT_TRUE(last.change.has_value());
  EXPECT_EQ(last.change->cause, BreakerCause::undecided);
  EXPECT_EQ(last.retry_after, 10s) << "for longer than before";
  now += 10s;
  EXPECT_TRUE(admit());
  for (const Ticket ticket : lost) {
    EXPECT_EQ(record(ticket, OutcomeKind::success).counted, Counted::stale);
  }
  EXPECT_EQ(breaker.mode(), BreakerMode::half_open);
}

TEST_F(CircuitBreakerTest, AnOutcomeOfAnEarlierEraIsNoVote) {
  const Ticket early = *admit();
  open_and_wait();
  EXPECT_EQ(record(early, OutcomeKind::success).counted, Counted::stale);
  const Ticket probe = *admit();
  for (int i = 0; i < 10; ++i) record(early, OutcomeKind::success);
  EXPECT_EQ(breaker.mode(), BreakerMode::half_open);
  for (int i = 0; i < 3; ++i) record(i == 0 ? probe : *admit(), OutcomeKind::success);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  for (int i = 0; i < 10; ++i) record(early, OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
}

TEST_F(CircuitBreakerTest, StaysOpenLongerEachTimeAndAfreshAfterAWindowWell) {
  with({.jitter = false, .probes = 1});
  calls(5, OutcomeKind::failure);
  for (const Duration expected : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_EQ(breaker.until() - now, expected);
    now = breaker.until();
    call(OutcomeKind::failure);
  }
  now = breaker.until();
  call(OutcomeKind::success);
  calls(5, OutcomeKind::failure);
  EXPECT_EQ(breaker.until() - now, 60s) << "it had hardly closed";
  now = breaker.until();
  call(OutcomeKind::success);
  now += 10s;
  calls(5, OutcomeKind::failure);
  EXPECT_EQ(breaker.until() - now, 5s);
}

TEST_F(CircuitBreakerTest, DrawsHalfOfTheTimeByChance) {
  Duration least = 1h;
  Duration most{};
  for (int i = 0; i < 200; ++i) {
    CircuitBreaker fresh;
    for (int k = 0; k < 5; ++k) {
      Outcome failed;
      failed.kind = OutcomeKind::failure;
      fresh.record(terms, *fresh.admit(terms, now, random).ticket, failed, now, random);
    }
    least = std::min(least, fresh.until() - now);
    most = std::max(most, fresh.until() - now);
  }
  EXPECT_GE(least, 2500ms);
  EXPECT_LT(least, 2700ms);
  EXPECT_LE(most, 5s);
  EXPECT_GT(most, 4800ms);
}

TEST_F(CircuitBreakerTest, WaitsAsLongAsItWasTold) {
  calls(4, OutcomeKind::failure);
  record(*admit(), OutcomeKind::failure, 1ms, 30s);
  EXPECT_EQ(breaker.until() - now, 30s);
  now = breaker.until();
  for (int i = 0; i < 3; ++i) record(*admit(), OutcomeKind::failure, 1ms, 24h);
  EXPECT_EQ(breaker.until() - now, 60s) << "but no longer than max_open";
}

TEST_F(CircuitBreakerTest, ByHandItIsWhatItIsToldForAsLong) {
  calls(3, OutcomeKind::failure);
  const BreakerChange change = breaker.force(terms, BreakerMode::forced_open, now, now + 1min);
  EXPECT_EQ(change.from, BreakerMode::closed);
  EXPECT_EQ(change.cause, BreakerCause::by_hand);
  EXPECT_EQ(change.counts.failures, 3U);
  now += 59s;
  EXPECT_FALSE(admit());
  EXPECT_EQ(last.retry_after, 1s);
  now += 1s;
  EXPECT_TRUE(admit());
  EXPECT_EQ(last.change->cause, BreakerCause::force_over);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);

  breaker.force(terms, BreakerMode::forced_open, now);
  EXPECT_FALSE(admit());
  EXPECT_EQ(last.retry_after, 60s) << "for ever, but ask again";
  breaker.force(terms, BreakerMode::forced_closed, now);
  calls(100, OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::forced_closed);
  breaker.force(terms, BreakerMode::metrics_only, now);
  calls(100, OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::metrics_only);
  EXPECT_EQ(breaker.counts(terms, now).failures, 100U);
  breaker.force(terms, BreakerMode::closed, now);
  EXPECT_EQ(breaker.counts(terms, now).calls, 0U);
  open_and_wait();
}

TEST_F(CircuitBreakerTest, ByChanceItRefusesWhatTheServiceDoesNotTake) {
  with({.window = 100s, .count_overload = true, .probabilistic = 2});
  int sent = 0;
  int refused = 0;
  // The service takes one of ten that it is asked: as many as it takes go through twice.
  for (int i = 0; i < 20'000; ++i) {
    now += 1ms;
    if (const auto ticket = admit()) {
      record(*ticket, i % 10 == 0 ? OutcomeKind::success : OutcomeKind::overload);
      ++sent;
    } else {
      ++refused;
    }
  }
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
  EXPECT_GT(refused, sent) << "most are refused here";
  now += 200s;
  for (int i = 0; i < 1'000; ++i) {
    now += 1ms;
    EXPECT_TRUE(call(OutcomeKind::success)) << "none once it is well";
  }
}

TEST_F(CircuitBreakerTest, ASlotThatIsFullKeepsItsShares) {
  with({.minimum_calls = 100'000, .failure_rate = 0.9, .consecutive_failures = {}});
  for (int i = 0; i < 600'000; ++i) {
    call(i % 4 == 0 ? OutcomeKind::failure : OutcomeKind::success);
  }
  EXPECT_NEAR(breaker.counts(terms, now).failure_rate(), 0.25, 0.001);
}

TEST_F(CircuitBreakerTest, CanBeForgottenOnlyWhereItHasNothingAgainstAnybody) {
  calls(10, OutcomeKind::success);
  const Ticket early = *admit();
  EXPECT_TRUE(breaker.try_retire(terms, now));
  EXPECT_FALSE(admit()) << "it is nobody's";
  breaker.renew();
  EXPECT_EQ(record(early, OutcomeKind::failure).counted, Counted::stale);
  call(OutcomeKind::failure);
  EXPECT_FALSE(breaker.try_retire(terms, now));
  open_and_wait();
  EXPECT_FALSE(breaker.try_retire(terms, now));
  for (int i = 0; i < 3; ++i) call(OutcomeKind::success);
  EXPECT_FALSE(breaker.try_retire(terms, now)) << "it knows how often it was open";
  EXPECT_TRUE(breaker.try_retire(terms, now + 10s));
}

}  // namespace
}  // namespace lift
