#include "lift/resilience/circuit_breaker_options.h"

#include <string>

namespace lift {
namespace {

using namespace std::chrono_literals;

class Checks {
 public:
  explicit Checks(Problems& problems) noexcept : problems_(problems) {}

  void time(std::string_view field, Duration value, Duration least, Duration most,
            std::string_view rule) {
    if (value < least || value > most) {
      problems_.add(std::string(field), std::to_string(value / 1ms) + " ms", std::string(rule));
    }
  }
  void count(std::string_view field, std::uint64_t value, std::uint64_t most,
             std::string_view rule) {
    if (value < 1 || value > most) {
      problems_.add(std::string(field), std::to_string(value), std::string(rule));
    }
  }
  /// Also refuses what is no number.
  void share(std::string_view field, double value) {
    if (value > 0 && value <= 1) return;
    problems_.add(std::string(field), std::to_string(value), "must be more than 0, up to 1");
  }

 private:
  Problems& problems_;
};

}  // namespace

Problems CircuitBreakerOptions::validate() const {
  Problems problems;
  Checks check(problems);
  check.time("window", window, 100ms, 1h, "must be 100 ms to 1 h");
  if (count_window) {
    check.count("count_window", *count_window, 256, "must be 1 to 256");
    check.count("minimum_calls", minimum_calls, *count_window, "must be 1 to `count_window`");
  } else {
    check.count("minimum_calls", minimum_calls, 100'000, "must be 1 to 100,000");
  }
  check.share("failure_rate", failure_rate);
  check.share("slow_rate", slow_rate);
  check.time("slow_call", slow_call, 1ms, 24h, "must be 1 ms to 24 h");
  if (consecutive_failures) {
    check.count("consecutive_failures", *consecutive_failures, 1'000, "must be 1 to 1,000");
  }
  check.time("max_open", max_open, 1ms, 24h, "must be 1 ms to 24 h");
  check.time("open", open, 1ms, max_open, "must be 1 ms to `max_open`");
  check.count("probes", probes, 1'000, "must be 1 to 1,000");
  if (probe_successes) {
    check.count("probe_successes", *probe_successes, probes, "must be 1 to `probes`");
  }
  check.time("half_open_limit", half_open_limit, 1ms, 24h, "must be 1 ms to 24 h");
  if (probabilistic && !(*probabilistic >= 1 && *probabilistic <= 10)) {
    problems.add("probabilistic", std::to_string(*probabilistic), "must be 1 to 10");
  }
  return problems;
}

CircuitBreakerOptions original_circuit_breaker() {
  CircuitBreakerOptions options;
  options.window = 5min;
  options.minimum_calls = 10;
  options.open = options.max_open = 60s;
  options.jitter = false;
  options.probes = options.probe_successes.emplace(3);
  return options;
}

}  // namespace lift
