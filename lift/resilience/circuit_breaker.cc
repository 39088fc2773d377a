#include "lift/resilience/circuit_breaker.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace lift {
namespace {

/// How many of `total` a share is, without what rounding adds.
std::uint32_t needed(double share, std::uint32_t total) noexcept {
  return static_cast<std::uint32_t>(std::max(1.0, std::ceil(share * total - 1e-9)));
}

Duration::rep count_of(Instant at) noexcept { return at.time_since_epoch().count(); }

}  // namespace

std::string_view to_string(BreakerMode mode) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"closed",      "open",          "half_open",
                                                   "forced_open", "forced_closed", "metrics_only"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::string_view to_string(BreakerCause cause) noexcept {
  constexpr std::array<std::string_view, 9> kNames{
      "failure_rate",   "slow_rate",        "consecutive_failures",
      "probes_failed",  "probes_succeeded", "undecided",
      "open_time_over", "by_hand",          "force_over"};
  return kNames[static_cast<std::size_t>(cause)];
}

BreakerTerms::BreakerTerms(const CircuitBreakerOptions& the_options) noexcept
    : slow_call(the_options.slow_call),
      usual(!the_options.count_window && !the_options.probabilistic),
      options(the_options) {
  const auto slot = static_cast<std::uint64_t>(options.window.count()) / kSlots / 1024;
  per_slot = UINT64_MAX / slot + 1;
  const std::uint32_t bad = needed(options.failure_rate, options.probes);
  needed_good = options.probe_successes.value_or(options.probes - bad + 1);
  needed_bad = options.probes - needed_good + 1;
}

/// All that decides, in one word: a probe is counted and judged by one compare-and-swap.
struct CircuitBreaker::Word {
  static constexpr std::uint64_t kChanging = 7;  // a mode of its own while a change is made
  static constexpr std::uint64_t kCount = (1U << 10) - 1;
  static constexpr std::uint64_t kEpoch = (1ULL << 31) - 1;

  std::uint64_t bits = 0;

  static Word of(std::uint64_t mode, std::uint64_t issued, std::uint64_t epoch) noexcept {
    return {mode | issued << 3 | (epoch & kEpoch) << 33};
  }
  [[nodiscard]] bool changing() const noexcept { return (bits & 7) == kChanging; }
  [[nodiscard]] bool is(BreakerMode mode) const noexcept {
    return (bits & 7) == static_cast<std::uint64_t>(mode);
  }
  [[nodiscard]] BreakerMode mode() const noexcept { return static_cast<BreakerMode>(bits & 7); }
  [[nodiscard]] std::uint64_t issued() const noexcept { return bits >> 3 & kCount; }
  [[nodiscard]] std::uint64_t good() const noexcept { return bits >> 13 & kCount; }
  [[nodiscard]] std::uint64_t bad() const noexcept { return bits >> 23 & kCount; }
  [[nodiscard]] std::uint32_t epoch() const noexcept {
    return static_cast<std::uint32_t>(bits >> 33);
  }
  [[nodiscard]] Word one_more_issued() const noexcept { return {bits + (1ULL << 3)}; }
  [[nodiscard]] Word one_less_issued() const noexcept { return {bits - (1ULL << 3)}; }
  [[nodiscard]] Word one_more_good() const noexcept { return {bits + (1ULL << 13)}; }
  [[nodiscard]] Word one_more_bad() const noexcept { return {bits + (1ULL << 23)}; }
};

// --- admitting

CircuitBreaker::Admission CircuitBreaker::admit_unusual(const BreakerTerms& terms, Instant now,
                                                        Random& random) noexcept {
  while (true) {
    Word word{word_.load(std::memory_order_acquire)};
    if (word.is(BreakerMode::closed)) {
      if (terms.options.probabilistic) return admit_by_chance(terms, word, now, random);
      return {.ticket = Ticket{word.epoch()}};
    }
    if (word.changing()) return {.ticket = {}, .retry_after = std::chrono::milliseconds(1)};
    if (word.is(BreakerMode::open)) return admit_open(terms, word, now, random);
    if (word.is(BreakerMode::half_open)) return admit_half_open(terms, word, now, random);
    const Instant end = until();
    if (now < end) {
      if (!word.is(BreakerMode::forced_open)) return {.ticket = Ticket{word.epoch()}};
      return {.ticket = {}, .retry_after = std::min<Duration>(end - now, terms.options.max_open)};
    }
    const BreakerMode from = word.mode();
    if (!begin_change(word)) continue;
    forget_all();
    const BreakerChange change =
        finish(word, from, BreakerMode::closed, BreakerCause::force_over, {}, now);
    return {.ticket = Ticket{word.epoch()}, .retry_after = {}, .change = change};
  }
}

CircuitBreaker::Admission CircuitBreaker::admit_open(const BreakerTerms& terms, Word word,
                                                     Instant now, Random& random) noexcept {
  const Instant end = until();
  if (now < end) return {.ticket = {}, .retry_after = end - now};
  if (!begin_change(word)) return admit(terms, now, random);  // another thread's probe came first
  until_.store(count_of(saturating_add(now, terms.options.half_open_limit)),
               std::memory_order_relaxed);
  const BreakerChange change = finish(word, BreakerMode::open, BreakerMode::half_open,
                                      BreakerCause::open_time_over, {}, now);
  return {.ticket = Ticket{word.epoch()}, .retry_after = {}, .change = change};
}

CircuitBreaker::Admission CircuitBreaker::admit_half_open(const BreakerTerms& terms, Word word,
                                                          Instant now, Random& random) noexcept {
  const Instant end = until();
  if (now >= end) {
    if (!begin_change(word)) return admit(terms, now, random);
    const BreakerChange change =
        open(terms, word, BreakerCause::undecided, {}, nullptr, now, random);
    return {.ticket = {}, .retry_after = change.open_for, .change = change};
  }
  if (word.issued() >= terms.options.probes) return {.ticket = {}, .retry_after = end - now};
  if (!word_.compare_exchange_strong(word.bits, word.one_more_issued().bits,
                                     std::memory_order_acq_rel)) {
    return admit(terms, now, random);
  }
  return {.ticket = Ticket{word.epoch()}};
}

/// Source: Site Reliability Engineering, chapter 21, "Client-Side Throttling".
CircuitBreaker::Admission CircuitBreaker::admit_by_chance(const BreakerTerms& terms, Word word,
                                                          Instant now, Random& random) noexcept {
  const std::uint64_t tick = terms.tick(now);
  if (any_bad(tick)) {
    const BreakerCounts counts = sum(terms, tick);
    const double accepted = counts.calls - counts.failures;
    const double excess = counts.calls - *terms.options.probabilistic * accepted;
    if (excess > 0 && random.uniform() * (counts.calls + 1.0) < excess) {
      count(terms, tick, true, false);  // a call that was not accepted, whoever refused it
      return {.ticket = {}, .retry_after = std::chrono::seconds(1)};
    }
  }
  return {.ticket = Ticket{word.epoch()}};
}

// --- recording

CircuitBreaker::Record CircuitBreaker::record_unusual(const BreakerTerms& terms, Ticket ticket,
                                                      const Outcome& outcome, Instant now,
                                                      Random& random) noexcept {
  const Word word{word_.load(std::memory_order_acquire)};
  if (word.epoch() != ticket.epoch) return {.counted = Counted::stale};
  if (word.is(BreakerMode::forced_closed)) return {.counted = Counted::neutral};
  const bool probe = word.is(BreakerMode::half_open);
  const bool slow = outcome.duration >= terms.options.slow_call;
  Verdict verdict = Verdict::neutral;
  switch (outcome.kind) {
    case OutcomeKind::success:
      verdict = probe && slow ? Verdict::bad : Verdict::good;
      break;
    case OutcomeKind::failure:
    case OutcomeKind::timeout:
      verdict = Verdict::bad;
      break;
    case OutcomeKind::overload:
      if (terms.options.count_overload) verdict = Verdict::bad;
      break;
    case OutcomeKind::ignored:
      if (probe) verdict = Verdict::good;
      break;
    default:
      break;
  }
  if (probe) return record_probe(terms, ticket, verdict, outcome, now, random);
  if (verdict == Verdict::neutral) return {.counted = Counted::neutral};
  return record_call(terms, word, verdict, slow, outcome, now, random);
}

CircuitBreaker::Record CircuitBreaker::record_probe(const BreakerTerms& terms, Ticket ticket,
                                                    Verdict verdict, const Outcome& outcome,
                                                    Instant now, Random& random) noexcept {
  Word word{word_.load(std::memory_order_acquire)};
  while (word.epoch() == ticket.epoch && word.is(BreakerMode::half_open)) {
    const bool closes = verdict == Verdict::good && word.good() + 1 >= terms.needed_good;
    const bool opens = verdict == Verdict::bad && word.bad() + 1 >= terms.needed_bad;
    if (closes || opens) {
      if (!begin_change(word)) continue;
      if (opens) {
        return {
            .counted = Counted::counted,
            .change = open(terms, word, BreakerCause::probes_failed, {}, &outcome, now, random)};
      }
      forget_all();
      closed_at_.store(count_of(now), std::memory_order_relaxed);
      return {.counted = Counted::counted,
              .change = finish(word, BreakerMode::half_open, BreakerMode::closed,
                               BreakerCause::probes_succeeded, {}, now)};
    }
    const Word next = verdict == Verdict::good  ? word.one_more_good()
                      : verdict == Verdict::bad ? word.one_more_bad()
                                                : word.one_less_issued();
    if (word_.compare_exchange_weak(word.bits, next.bits, std::memory_order_acq_rel)) {
      return {.counted = verdict == Verdict::neutral ? Counted::neutral : Counted::counted};
    }
  }
  return {.counted = Counted::stale};
}

void CircuitBreaker::release(Ticket ticket) noexcept {
  Word word{word_.load(std::memory_order_acquire)};
  while (word.epoch() == ticket.epoch && word.is(BreakerMode::half_open)) {
    if (word_.compare_exchange_weak(word.bits, word.one_less_issued().bits,
                                    std::memory_order_acq_rel)) {
      return;
    }
  }
}

CircuitBreaker::Record CircuitBreaker::record_call(const BreakerTerms& terms, Word word,
                                                   Verdict verdict, bool slow,
                                                   const Outcome& outcome, Instant now,
                                                   Random& random) noexcept {
  const bool failed = verdict == Verdict::bad;
  const std::uint64_t tick = terms.tick(now);
  count(terms, tick, failed, slow);
  Record recorded{.counted = Counted::counted};
  if (!word.is(BreakerMode::closed) || terms.options.probabilistic) return recorded;
  // Without a failed or slow call in the window no share of them can be too large. Else a success
  // is looked at too: it may be the one that makes the calls enough to be judged.
  if (!terms.options.count_window && !any_bad(tick)) {
    forget_bad(tick);
    return recorded;
  }
  const BreakerCounts counts = sum(terms, tick);
  const std::optional<BreakerCause> cause = judge(terms, failed, counts);
  if (cause && begin_change(word)) {
    recorded.change = open(terms, word, *cause, counts, &outcome, now, random);
  }
  return recorded;
}

std::optional<BreakerCause> CircuitBreaker::judge(const BreakerTerms& terms, bool failed,
                                                  const BreakerCounts& counts) noexcept {
  const CircuitBreakerOptions& options = terms.options;
  if (counts.calls >= options.minimum_calls) {
    if (counts.failures >= needed(options.failure_rate, counts.calls)) {
      return BreakerCause::failure_rate;
    }
    if (counts.slow >= needed(options.slow_rate, counts.calls)) return BreakerCause::slow_rate;
    return std::nullopt;
  }
  if (failed && options.consecutive_failures &&
      in_a_row_.load(std::memory_order_relaxed) >= *options.consecutive_failures) {
    return BreakerCause::consecutive_failures;
  }
  return std::nullopt;
}

// --- changing

/// True for the one thread that makes the change; until it has finished, calls are refused and
/// outcomes of earlier ones are stale.
bool CircuitBreaker::begin_change(Word& seen) noexcept {
  const Word changing = Word::of(Word::kChanging, 0, seen.epoch() + 1ULL);
  if (!word_.compare_exchange_strong(seen.bits, changing.bits, std::memory_order_acq_rel)) {
    return false;
  }
  seen = changing;
  return true;
}

BreakerChange CircuitBreaker::finish(Word changing, BreakerMode from, BreakerMode to,
                                     BreakerCause cause, const BreakerCounts& counts,
                                     Instant now) noexcept {
  const std::uint64_t issued = to == BreakerMode::half_open ? 1 : 0;
  const Word word = Word::of(static_cast<std::uint64_t>(to), issued, changing.epoch());
  word_.store(word.bits, std::memory_order_release);
  return {.at = now, .from = from, .to = to, .cause = cause, .counts = counts};
}

BreakerChange CircuitBreaker::open(const BreakerTerms& terms, Word changing, BreakerCause cause,
                                   const BreakerCounts& counts, const Outcome* outcome, Instant now,
                                   Random& random) noexcept {
  const CircuitBreakerOptions& options = terms.options;
  const bool was_closed = cause != BreakerCause::probes_failed && cause != BreakerCause::undecided;
  const Duration::rep closed_at = closed_at_.load(std::memory_order_relaxed);
  // A whole window closed has shown that it was well again.
  const bool afresh =
      was_closed && (closed_at == INT64_MIN || count_of(now) - closed_at >= options.window.count());
  const std::uint32_t opens = afresh ? 1 : opens_.load(std::memory_order_relaxed) + 1;
  opens_.store(std::min<std::uint32_t>(opens, 64), std::memory_order_relaxed);
  const double grown = std::ldexp(static_cast<double>(options.open.count()),
                                  static_cast<int>(std::min<std::uint32_t>(opens - 1, 60)));
  const auto most = static_cast<double>(options.max_open.count());
  double time = std::min(grown, most);
  if (options.jitter) time = time / 2 + time / 2 * random.uniform();
  auto open_for = Duration(static_cast<Duration::rep>(time));
  if (outcome != nullptr && outcome->retry_after) {
    open_for = std::max(open_for, std::min(*outcome->retry_after, options.max_open));
  }
  until_.store(count_of(saturating_add(now, open_for)), std::memory_order_relaxed);
  BreakerChange change = finish(changing, was_closed ? BreakerMode::closed : BreakerMode::half_open,
                                BreakerMode::open, cause, counts, now);
  change.open_for = open_for;
  return change;
}

BreakerChange CircuitBreaker::force(const BreakerTerms& terms, BreakerMode mode, Instant now,
                                    Instant until) noexcept {
  Word word{word_.load(std::memory_order_acquire)};
  BreakerMode from = word.mode();
  while (word.changing() || !begin_change(word)) {
    std::this_thread::yield();
    word.bits = word_.load(std::memory_order_acquire);
    from = word.mode();
  }
  const BreakerCounts counts = sum(terms, terms.tick(now));
  forget_all();
  closed_at_.store(INT64_MIN, std::memory_order_relaxed);
  opens_.store(0, std::memory_order_relaxed);
  until_.store(count_of(until), std::memory_order_relaxed);
  return finish(word, from, mode, BreakerCause::by_hand, counts, now);
}

// --- looking

BreakerMode CircuitBreaker::mode() const noexcept {
  const Word word{word_.load(std::memory_order_acquire)};
  return word.changing() ? BreakerMode::open : word.mode();
}

Instant CircuitBreaker::until() const noexcept {
  return Instant(Duration(until_.load(std::memory_order_relaxed)));
}

BreakerCounts CircuitBreaker::counts(const BreakerTerms& terms, Instant now) const noexcept {
  return sum(terms, terms.tick(now));
}

bool CircuitBreaker::try_retire(const BreakerTerms& terms, Instant now) noexcept {
  Word word{word_.load(std::memory_order_acquire)};
  if (!word.is(BreakerMode::closed) || in_a_row_.load(std::memory_order_relaxed) != 0) return false;
  const BreakerCounts seen = counts(terms, now);
  if (seen.failures != 0 || seen.slow != 0) return false;
  const Duration::rep closed_at = closed_at_.load(std::memory_order_relaxed);
  if (closed_at != INT64_MIN && count_of(now) - closed_at < terms.options.window.count()) {
    return false;
  }
  return begin_change(word);
}

void CircuitBreaker::forget_counts() noexcept {
  forget_all();
  newest_tick_.store(0, std::memory_order_relaxed);
}

void CircuitBreaker::renew() noexcept {
  forget_counts();
  closed_at_.store(INT64_MIN, std::memory_order_relaxed);
  opens_.store(0, std::memory_order_relaxed);
  const Word word{word_.load(std::memory_order_relaxed)};
  word_.store(Word::of(0, 0, word.epoch()).bits, std::memory_order_release);
}

}  // namespace lift
