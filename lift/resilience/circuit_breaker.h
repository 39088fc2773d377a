#pragma once
// A circuit breaker: stops calling what fails, and finds out when it is well again. A pure policy:
// time, outcomes and chance are given to it.
//
// Closed, it counts calls in a window and opens when too many failed or were slow, or when several
// failed in a row. Open, it refuses, and says how long. Then it is half-open: exactly `probes`
// calls go through at a time, and their outcomes close it or open it again, for longer; without a
// decision within a limit it opens again, so that it can never hang. An outcome of a call that
// began before the last change is no vote: it is counted as stale. Failures and timeouts count
// against; `success` for; overload, cancelled calls and the refusals of other policies say nothing,
// and a probe that ended so is given to another call. An answer that is the caller's own fault
// (`ignored`) is not counted, but as a probe it succeeded: somebody answered.
//
//   const BreakerTerms terms(options);
//   CircuitBreaker breaker;
//   const Admission admission = breaker.admit(terms, now, random);
//   if (!admission.ticket) … refuse, admission.retry_after …
//   breaker.record(terms, *admission.ticket, outcome, now, random);
//
// Source: resilience4j's windows and states, gobreaker's generations, the growing time of Finagle's
// failure accrual; probabilistic: "Handling Overload" in Site Reliability Engineering (2016).
// Thread-safety: everything from any thread, without locks; "exactly" holds under any number of
// them. A change takes a moment in which calls are refused.
// Cost: admit() and record() about 10 ns together, a refusal about 3 ns, no allocation; 192 bytes.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/random.h"
#include "lift/chain/outcome.h"
#include "lift/resilience/circuit_breaker_options.h"

namespace lift {

enum class BreakerMode : std::uint8_t {
  closed,
  open,
  half_open,
  forced_open,    ///< by hand: refuses all
  forced_closed,  ///< by hand: refuses and counts nothing
  metrics_only,   ///< by hand: counts, refuses nothing
};
[[nodiscard]] std::string_view to_string(BreakerMode mode) noexcept;

enum class BreakerCause : std::uint8_t {
  failure_rate,
  slow_rate,
  consecutive_failures,
  probes_failed,
  probes_succeeded,
  undecided,       ///< half-open for too long
  open_time_over,  ///< half-open from here on
  by_hand,
  force_over,  ///< the time of what was forced
};
[[nodiscard]] std::string_view to_string(BreakerCause cause) noexcept;

/// What the calls of a window came to.
struct BreakerCounts {
  std::uint32_t calls = 0;
  std::uint32_t failures = 0;
  std::uint32_t slow = 0;
  [[nodiscard]] double failure_rate() const noexcept {
    return calls == 0 ? 0 : static_cast<double>(failures) / calls;
  }
};

/// A change of mode, and what led to it.
struct BreakerChange {
  Instant at;
  BreakerMode from;
  BreakerMode to;
  BreakerCause cause;
  BreakerCounts counts;
  Duration open_for{};  ///< where `to` is open
};

/// Options made ready for the hot path.
struct BreakerTerms {
  /// `options` must be valid.
  explicit BreakerTerms(const CircuitBreakerOptions& options) noexcept;

  static constexpr std::uint64_t kSlots = 10;
  /// Which slot of time it is: a division by a slot's length, as a multiplication.
  [[nodiscard]] std::uint64_t tick(Instant now) const noexcept {
    __extension__ using Wide = unsigned __int128;
    const auto at = static_cast<std::uint64_t>(now.time_since_epoch().count()) >> 10;
    return static_cast<std::uint64_t>(Wide{at} * per_slot >> 64);
  }

  std::uint64_t per_slot;  ///< 2^64 slots' share of 1,024 ns
  Duration slow_call;
  bool usual;  ///< a window of time, and no chance
  std::uint32_t needed_good;
  std::uint32_t needed_bad;
  CircuitBreakerOptions options;
};

class alignas(64) CircuitBreaker {
 public:
  /// The right to make a call. Give it back by record(), once.
  struct Ticket {
    std::uint32_t epoch = 0;
  };
  struct Admission {
    std::optional<Ticket> ticket;
    /// Where there is none: after this long it is worth another try.
    Duration retry_after{};
    std::optional<BreakerChange> change = {};
  };
  enum class Counted : std::uint8_t { counted, neutral, stale };
  struct Record {
    Counted counted = Counted::neutral;
    std::optional<BreakerChange> change = {};
  };

  CircuitBreaker() = default;
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  [[nodiscard]] Admission admit(const BreakerTerms& terms, Instant now, Random& random) noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    if (terms.usual && mode_of(word) == BreakerMode::closed) [[likely]] {
      return {.ticket = Ticket{epoch_of(word)}};
    }
    return admit_unusual(terms, now, random);
  }
  /// How the call went. A call without an outcome is released.
  Record record(const BreakerTerms& terms, Ticket ticket, const Outcome& outcome, Instant now,
                Random& random) noexcept {
    if (outcome.kind == OutcomeKind::success && outcome.duration < terms.slow_call && terms.usual &&
        count_usual(ticket, terms.tick(now))) [[likely]] {
      return {.counted = Counted::counted};
    }
    return record_unusual(terms, ticket, outcome, now, random);
  }
  /// The call was not made, or nothing is known of how it went.
  void release(Ticket ticket) noexcept;

  /// By hand: `forced_open`, `forced_closed` or `metrics_only` until then, or `closed` with nothing
  /// counted. Calls under way are no votes any more.
  BreakerChange force(const BreakerTerms& terms, BreakerMode mode, Instant now,
                      Instant until = kNever) noexcept;

  [[nodiscard]] BreakerMode mode() const noexcept;
  [[nodiscard]] BreakerCounts counts(const BreakerTerms& terms, Instant now) const noexcept;
  /// Until when it is open, half-open at most, or forced.
  [[nodiscard]] Instant until() const noexcept;

  /// What was counted in a window of another shape means nothing in this one.
  void forget_counts() noexcept;
  /// For KeyedTable: closed, with no failure in the window, it can be forgotten.
  [[nodiscard]] bool try_retire(const BreakerTerms& terms, Instant now) noexcept;
  void renew() noexcept;

 private:
  struct Word;
  [[nodiscard]] static constexpr BreakerMode mode_of(std::uint64_t word) noexcept {
    return static_cast<BreakerMode>(word & 7);
  }
  [[nodiscard]] static constexpr std::uint32_t epoch_of(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word >> 33);
  }
  /// Counts a success where all is well: closed, the slot begun, nothing bad in the window. False,
  /// and nothing counted, where it is not so.
  [[nodiscard]] bool count_usual(Ticket ticket, std::uint64_t tick) noexcept;

  [[nodiscard]] Admission admit_unusual(const BreakerTerms& terms, Instant now,
                                        Random& random) noexcept;
  Record record_unusual(const BreakerTerms& terms, Ticket ticket, const Outcome& outcome,
                        Instant now, Random& random) noexcept;
  enum class Verdict : std::uint8_t { good, bad, neutral };

  [[nodiscard]] Admission admit_open(const BreakerTerms& terms, Word word, Instant now,
                                     Random& random) noexcept;
  [[nodiscard]] Admission admit_half_open(const BreakerTerms& terms, Word word, Instant now,
                                          Random& random) noexcept;
  [[nodiscard]] Admission admit_by_chance(const BreakerTerms& terms, Word word, Instant now,
                                          Random& random) noexcept;
  Record record_probe(const BreakerTerms& terms, Ticket ticket, Verdict verdict,
                      const Outcome& outcome, Instant now, Random& random) noexcept;
  Record record_call(const BreakerTerms& terms, Word word, Verdict verdict, bool slow,
                     const Outcome& outcome, Instant now, Random& random) noexcept;

  [[nodiscard]] std::optional<BreakerCause> judge(const BreakerTerms& terms, bool failed,
                                                  const BreakerCounts& counts) noexcept;
  [[nodiscard]] bool begin_change(Word& seen) noexcept;
  BreakerChange open(const BreakerTerms& terms, Word changing, BreakerCause cause,
                     const BreakerCounts& counts, const Outcome* outcome, Instant now,
                     Random& random) noexcept;
  BreakerChange finish(Word changing, BreakerMode from, BreakerMode to, BreakerCause cause,
                       const BreakerCounts& counts, Instant now) noexcept;
  /// Whether a call of the window failed or was slow, as far as `tick` tells.
  [[nodiscard]] bool any_bad(std::uint64_t tick) const noexcept;
  /// What is out of the window lets calls be counted the usual way again.
  void forget_bad(std::uint64_t tick) noexcept;
  void count(const BreakerTerms& terms, std::uint64_t tick, bool failed, bool slow) noexcept;
  void count_in_slot(std::uint64_t tick, bool failed, bool slow) noexcept;
  void count_in_ring(std::uint32_t size, bool failed, bool slow) noexcept;
  void forget_all() noexcept;
  [[nodiscard]] BreakerCounts sum(const BreakerTerms& terms, std::uint64_t tick) const noexcept;
  [[nodiscard]] BreakerCounts sum_slots(std::uint64_t tick) const noexcept;
  [[nodiscard]] BreakerCounts sum_ring(std::uint32_t size) const noexcept;

  std::atomic<std::uint64_t> word_{0};
  std::atomic<Duration::rep> until_{0};
  std::atomic<Duration::rep> closed_at_{INT64_MIN};
  std::atomic<std::uint64_t> newest_tick_{0};
  std::atomic<std::uint64_t> bad_tick_{kNoTick};  ///< of the last failed or slow call
  std::atomic<std::uint32_t> in_a_row_{0};
  std::atomic<std::uint32_t> opens_{0};
  /// Slots of the time window, or the ring of the count window: see circuit_breaker_window.cc.
  /// A cache line apart from the words above, which every call reads.
  alignas(64) std::array<std::atomic<std::uint64_t>, BreakerTerms::kSlots> cells_{};

  static constexpr std::uint64_t kNoTick = UINT64_MAX - 1'000;  ///< a window before the first
};
static_assert(sizeof(CircuitBreaker) == 192, "the docstring and docs/circuit-breaker.md say so");

inline bool CircuitBreaker::count_usual(Ticket ticket, std::uint64_t tick) noexcept {
  constexpr std::uint64_t kCount = (1U << 18) - 1;
  const std::uint64_t word = word_.load(std::memory_order_acquire);
  const bool well = mode_of(word) == BreakerMode::closed && epoch_of(word) == ticket.epoch &&
                    bad_tick_.load(std::memory_order_relaxed) == kNoTick &&
                    newest_tick_.load(std::memory_order_relaxed) == tick;
  if (!well) return false;
  std::atomic<std::uint64_t>& cell = cells_[tick % BreakerTerms::kSlots];
  std::uint64_t seen = cell.load(std::memory_order_relaxed);
  if (seen >> 54 != (tick & 1023) || (seen & kCount) == kCount) return false;
  return cell.compare_exchange_strong(seen, seen + 1, std::memory_order_relaxed);
}

}  // namespace lift
