#pragma once
// How long to wait before the next attempt: a pure policy.
//
// Source: M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015): full jitter
// and the decorrelated sequence.
// Thread-safety: immutable; share it. `Random` belongs to the caller.
// Cost: a power and a random number, tens of nanoseconds; no allocation.

#include <cstdint>
#include <functional>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/random.h"

namespace lift {

enum class BackoffKind : std::uint8_t {
  fixed,         ///< base, base, base
  linear,        ///< base, 2·base, 3·base
  exponential,   ///< base, base·factor, base·factor²
  decorrelated,  ///< uniform between base and three times the wait before; random by itself
  custom,        ///< what `custom` says
};

struct BackoffOptions {
  BackoffKind kind = BackoffKind::exponential;
  /// Of the first wait, before jitter: 1 ms to `cap`. 50 ms outlasts a lost packet.
  Duration base = std::chrono::milliseconds(50);
  /// No wait is longer, jitter included: `base` to 24 h.
  Duration cap = std::chrono::seconds(20);
  /// Growth of an exponential one: 1 to 10.
  double factor = 2;
  /// Full jitter: uniform between 0 and the wait, so that callers who failed together do not come
  /// back together.
  bool jitter = true;
  /// Of a custom one: the wait before retry `retry` (1 is the first), when `last` was waited before
  /// the previous one (0 at the first). Below 0 counts as 0, above `cap` as `cap`.
  std::function<Duration(std::uint64_t retry, Duration last)> custom = {};

  [[nodiscard]] Problems validate() const;
};

class Backoff {
 public:
  /// The defaults.
  Backoff() = default;
  /// Error `bad_configuration` with every broken rule.
  static Result<Backoff> make(BackoffOptions options);

  /// The wait before retry `retry`, counted from 1, when `last` was waited before the previous one:
  /// 0 to `cap`, whatever the number.
  [[nodiscard]] Duration delay(std::uint64_t retry, Duration last, Random& random) const;

 private:
  explicit Backoff(BackoffOptions options) : options_(std::move(options)) {}
  /// Without jitter.
  [[nodiscard]] Duration plain(std::uint64_t retry, Duration last) const;

  BackoffOptions options_;
};

}  // namespace lift
