#include "lift/resilience/backoff.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace lift {
namespace {

using namespace std::chrono_literals;

std::string nanoseconds(Duration time) { return std::to_string(time.count()) + "ns"; }

/// Uniform in [0, most].
Duration up_to(Duration most, Random& random) noexcept {
  return Duration(
      static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>(most.count()) + 1)));
}

}  // namespace

Problems BackoffOptions::validate() const {
  Problems problems;
  if (base < 1ms || base > cap) {
    problems.add("base", nanoseconds(base), "must be from 1 ms to `cap`");
  }
  if (cap < 1ms || cap > 24h) problems.add("cap", nanoseconds(cap), "must be from 1 ms to 24 h");
  if (!(factor >= 1 && factor <= 10)) {
    problems.add("factor", std::to_string(factor), "must be from 1 to 10");
  }
  if ((kind == BackoffKind::custom) != static_cast<bool>(custom)) {
    problems.add("custom", custom ? "a function" : "none",
                 "must be given with kind `custom`, and with no other");
  }
  return problems;
}

Result<Backoff> Backoff::make(BackoffOptions options) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return Backoff(std::move(options));
}

Duration Backoff::delay(std::uint64_t retry, Duration last, Random& random) const {
  if (options_.kind == BackoffKind::decorrelated) {
    // `last` is taken within its range, so that three times of it cannot overflow.
    const Duration most = std::min(options_.cap, 3 * std::clamp(last, options_.base, options_.cap));
    return options_.base + up_to(most - options_.base, random);
  }
  const Duration most =
      std::clamp(plain(std::max(retry, std::uint64_t{1}), last), 0ns, options_.cap);
  return options_.jitter ? up_to(most, random) : most;
}

Duration Backoff::plain(std::uint64_t retry, Duration last) const {
  switch (options_.kind) {
    case BackoffKind::linear: {
      const auto most = static_cast<std::uint64_t>(options_.cap / options_.base);
      return retry > most ? options_.cap : options_.base * static_cast<Duration::rep>(retry);
    }
    case BackoffKind::exponential: {
      // In floating point, where too large is infinite and not negative.
      const double grown = static_cast<double>(options_.base.count()) *
                           std::pow(options_.factor, static_cast<double>(retry - 1));
      const bool beyond = !(grown < static_cast<double>(options_.cap.count()));
      return beyond ? options_.cap : Duration(std::llround(grown));
    }
    case BackoffKind::custom:
      return options_.custom(retry, last);
    case BackoffKind::fixed:
    case BackoffKind::decorrelated:
      break;
  }
  return options_.base;
}

}  // namespace lift
