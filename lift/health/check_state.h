#pragma once
// What is known of one check, from the results of its runs: a pure policy.
//
// A change of state takes `fall` failures or `rise` successes in a row; the first result counts at
// once. After `open_after` failures in a row the circuit is open: runs become rare, each a single
// trial, until one succeeds. A check whose results keep changing is flapping, which is a warning,
// until they have been the same for a while. A result that is too old says nothing: unknown.
// Source: fall and rise as in HAProxy; flapping as in Nagios (changes among the last results), with
// counts in place of percentages; the circuit as in M. Nygard, "Release It!".
// Thread-safety: none. Random belongs to the caller.
// Cost: tens of nanoseconds; no allocation.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/random.h"
#include "lift/health/check.h"
#include "lift/resilience/backoff.h"

namespace lift {

class CheckState {
 public:
  /// Results that are remembered.
  static constexpr std::size_t kHistory = 20;
  /// So many changes among them are flapping.
  static constexpr unsigned kFlapping = 6;
  /// Wait between runs while it has never been good and `grace` has not passed, or its interval if
  /// that is shorter.
  static constexpr Duration kEager = std::chrono::seconds(1);

  enum class Circuit : std::uint8_t { closed, open, half_open };

  /// `options` must be valid. Until `grace_until` a check that has never been good is unknown
  /// rather than bad.
  CheckState(const CheckOptions& options, Instant added, Instant grace_until);

  /// A run begins.
  void begin() noexcept;
  /// What came of a run, at `now`; `result` is pass, warn or fail.
  void record(Instant now, HealthStatus result, Random& random);
  /// A run could not even begin: it is tried again in its time, and tells nothing.
  void skip(Instant now, Random& random);

  /// When it is to run next.
  [[nodiscard]] Instant due() const noexcept { return due_; }
  [[nodiscard]] HealthStatus status(Instant now) const noexcept;
  /// When status() changes by time alone; kNever if it does not.
  [[nodiscard]] Instant next_change(Instant now) const noexcept;
  /// When its last result will be too old; kNever before the first.
  [[nodiscard]] Instant stale_at() const noexcept { return stale_at_; }
  /// Whether its gate is open: good as far as confirmed, or, of the start's, ever.
  [[nodiscard]] bool lets_through() const noexcept;

  [[nodiscard]] Circuit circuit() const noexcept;
  [[nodiscard]] bool flapping() const noexcept { return flapping_; }
  [[nodiscard]] bool has_result() const noexcept { return count_ > 0; }
  [[nodiscard]] unsigned failures_in_row() const noexcept { return failures_; }
  /// The last results, oldest first.
  [[nodiscard]] std::size_t history_size() const noexcept;
  [[nodiscard]] HealthStatus history(std::size_t i) const noexcept;

 private:
  [[nodiscard]] Duration wait(Instant now, Random& random) const;
  void schedule(Instant now, Random& random);
  [[nodiscard]] bool starting(Instant now) const noexcept { return !been_good_ && now < grace_; }
  [[nodiscard]] unsigned changes() const noexcept;
  void look_for_flapping(bool changed) noexcept;
  void judge(Instant now, bool good, bool at_once) noexcept;

  CheckOptions options_;
  Backoff backoff_;
  Instant grace_;
  Instant due_;
  Instant changed_at_{};
  Instant stale_at_ = kNever;
  std::uint64_t count_ = 0;
  std::array<HealthStatus, kHistory> history_{};
  HealthStatus good_as_ = HealthStatus::pass;  // how its last good result was good
  bool good_ = false;                          // as far as confirmed
  bool been_good_ = false;
  bool flapping_ = false;
  bool running_ = false;
  unsigned against_ = 0;   // results in a row that speak against good_
  unsigned same_ = 0;      // results in a row that are alike
  unsigned failures_ = 0;  // in a row
  unsigned trials_ = 0;    // while open
};

[[nodiscard]] std::string_view to_string(CheckState::Circuit circuit) noexcept;

}  // namespace lift
