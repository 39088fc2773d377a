// The breaker against a naive one that keeps every call and judges all of them every time.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <map>

#include "lift/resilience/circuit_breaker.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class Model {
 public:
  explicit Model(const BreakerTerms& terms) : terms_(terms), options_(terms.options) {}

  /// The era that a call belongs to, or nothing if it is refused. `until` is when it may be probed:
  /// chance decided it.
  std::optional<int> admit(Instant now) {
    if (mode == BreakerMode::open && now >= until) change(BreakerMode::half_open, now);
    if (mode == BreakerMode::half_open && now >= half_open_until_) return change_to_open();
    if (mode == BreakerMode::closed) return era;
    if (mode == BreakerMode::open || issued_ >= options_.probes) return std::nullopt;
    ++issued_;
    return era;
  }
  void record(int of_era, OutcomeKind kind, Duration took, Instant now) {
    if (of_era != era) return;
    const bool slow = took >= options_.slow_call;
    const bool bad = kind == OutcomeKind::failure || kind == OutcomeKind::timeout;
    if (mode == BreakerMode::half_open) return record_probe(kind, bad, slow, now);
    if (!bad && kind != OutcomeKind::success) return;
    calls_.push_back({terms_.tick(now), bad, slow});
    row_ = bad ? row_ + 1 : 0;
    if (options_.count_window) {
      while (calls_.size() > *options_.count_window) calls_.pop_front();
    } else {
      while (calls_.front().tick + BreakerTerms::kSlots <= terms_.tick(now)) calls_.pop_front();
    }
    judge(bad, now);
  }

  BreakerMode mode = BreakerMode::closed;
  int era = 0;
  int opened = 0;
  Instant until;

 private:
  struct Call {
    std::uint64_t tick;
    bool bad;
    bool slow;
  };

  void judge(bool bad, Instant now) {
    const auto total = static_cast<double>(calls_.size());
    double failures = 0;
    double slow = 0;
    for (const Call& call : calls_) {
      failures += call.bad ? 1 : 0;
      slow += call.slow ? 1 : 0;
    }
    const bool rated = calls_.size() >= options_.minimum_calls &&
                       (failures + 1e-6 >= options_.failure_rate * total ||
                        slow + 1e-6 >= options_.slow_rate * total);
    const bool row = calls_.size() < options_.minimum_calls && bad &&
                     options_.consecutive_failures && row_ >= *options_.consecutive_failures;
    if (rated || row) change(BreakerMode::open, now);
  }
  void record_probe(OutcomeKind kind, bool bad, bool slow, Instant now) {
    if (bad || (kind == OutcomeKind::success && slow)) {
      if (++bad_ >= terms_.needed_bad) change(BreakerMode::open, now);
    } else if (kind == OutcomeKind::success || kind == OutcomeKind::ignored) {
      if (++good_ >= terms_.needed_good) change(BreakerMode::closed, now);
    } else {
      --issued_;
    }
  }
  std::optional<int> change_to_open() {
    change(BreakerMode::open, {});
    return std::nullopt;
  }
  void change(BreakerMode to, Instant now) {
    ++era;
    mode = to;
    issued_ = good_ = bad_ = row_ = 0;
    opened += to == BreakerMode::open ? 1 : 0;
    if (to == BreakerMode::half_open) half_open_until_ = now + options_.half_open_limit;
    if (to == BreakerMode::closed) calls_.clear();
  }

  const BreakerTerms& terms_;
  const CircuitBreakerOptions& options_;
  std::deque<Call> calls_;
  std::uint32_t row_ = 0;
  std::uint32_t issued_ = 0;
  std::uint32_t good_ = 0;
  std::uint32_t bad_ = 0;
  Instant half_open_until_;
};

CircuitBreakerOptions any_options(Random& random) {
  CircuitBreakerOptions options;
  options.window = std::chrono::milliseconds(200 + random.below(5'000));
  if (random.below(3) == 0) {
    options.count_window = 1 + static_cast<std::uint32_t>(random.below(256));
  }
  options.minimum_calls =
      1 + static_cast<std::uint32_t>(random.below(options.count_window.value_or(40)));
  options.failure_rate = 0.05 * static_cast<double>(1 + random.below(20));
  options.slow_rate = 0.05 * static_cast<double>(1 + random.below(20));
  options.slow_call = 500ms;
  options.consecutive_failures = {};
  if (random.below(2) == 0) {
    options.consecutive_failures = 1 + static_cast<std::uint32_t>(random.below(8));
  }
  options.open = std::chrono::milliseconds(1 + random.below(2'000));
  options.probes = 1 + static_cast<std::uint32_t>(random.below(6));
  if (random.below(2) == 0) {
    options.probe_successes = 1 + static_cast<std::uint32_t>(random.below(options.probes));
  }
  options.half_open_limit = std::chrono::milliseconds(100 + random.below(3'000));
  return options;
}

struct Running {
  CircuitBreaker::Ticket ticket;
  int era;
  Instant start;
};

OutcomeKind any_kind(Random& random, double failing) {
  if (random.uniform() < failing) {
    return random.below(2) == 0 ? OutcomeKind::failure : OutcomeKind::timeout;
  }
  constexpr OutcomeKind kOthers[] = {OutcomeKind::rejected, OutcomeKind::ignored,
                                     OutcomeKind::cancelled_by_caller};
  return random.below(8) == 0 ? kOthers[random.below(3)] : OutcomeKind::success;
}

/// One history; how often it opened.
int run(std::uint64_t seed) {
  SeededRandom random(seed);
  const CircuitBreakerOptions options = any_options(random);
  EXPECT_EQ(options.validate().text(), "");
  const BreakerTerms terms(options);
  CircuitBreaker breaker;
  Model model(terms);
  std::deque<Running> running;
  Instant now{std::chrono::seconds(random.below(100'000))};
  for (int step = 0; step < 400; ++step) {
    const double failing = step % 200 < 100 ? 0.7 : 0.02;
    now += std::chrono::milliseconds(random.below(random.below(50) == 0 ? 20'000 : 60));
    if (random.below(3) > 0) {
      const auto admission = breaker.admit(terms, now, random);
      const std::optional<int> era = model.admit(now);
      EXPECT_EQ(admission.ticket.has_value(), era.has_value()) << seed << " at " << step;
      if (admission.ticket && era) running.push_back({*admission.ticket, *era, now});
    } else if (!running.empty()) {
      const std::size_t at = random.below(running.size());
      const Running call = running[at];
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
      Outcome outcome;
      outcome.kind = any_kind(random, failing);
      outcome.duration = now - call.start;
      breaker.record(terms, call.ticket, outcome, now, random);
      model.record(call.era, outcome.kind, outcome.duration, now);
    }
    EXPECT_EQ(breaker.mode(), model.mode) << seed << " at " << step;
    if (testing::Test::HasFailure()) return 0;
    if (breaker.mode() == BreakerMode::open) model.until = breaker.until();
  }
  return model.opened;
}

TEST(CircuitBreakerModel, DecidesAsTheNaiveOneDoes) {
  int opened = 0;
  for (std::uint64_t seed = 0; seed < 3'000 && !HasFailure(); ++seed) opened += run(seed);
  EXPECT_GT(opened, 3'000) << "or it shows nothing";
}

}  // namespace
}  // namespace lift
