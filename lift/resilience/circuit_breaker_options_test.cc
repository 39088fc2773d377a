#include "lift/resilience/circuit_breaker_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(CircuitBreakerOptions, BadOnesAreNamed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  using Options = CircuitBreakerOptions;
  const struct {
    std::function<void(Options&)> change;
    std::string_view problem;
  } cases[] = {
      {[](Options& o) { o.window = 0s; }, R"(window: value "0 ms" must be 100 ms to 1 h)"},
      {[](Options& o) { o.count_window = 0; }, R"(count_window: value "0" must be 1 to 256)"},
      {[](Options& o) { o.count_window = 257; }, R"(count_window: value "257" must be 1 to 256)"},
      {[](Options& o) { o.count_window = 10; },
       R"(minimum_calls: value "20" must be 1 to `count_window`)"},
      {[](Options& o) { o.minimum_calls = 0; }, R"(minimum_calls: value "0" must be 1 to)"},
      {[](Options& o) { o.failure_rate = 0; }, R"(failure_rate: value "0.000000" must be more)"},
      {[](Options& o) { o.failure_rate = 1.5; }, R"(failure_rate: value "1.500000" must be more)"},
      {[=](Options& o) { o.failure_rate = nan; }, R"(failure_rate: value "nan" must be more)"},
      {[=](Options& o) { o.slow_rate = nan; }, R"(slow_rate: value "nan" must be more)"},
      {[](Options& o) { o.slow_call = 0s; }, R"(slow_call: value "0 ms" must be 1 ms to 24 h)"},
      {[](Options& o) { o.consecutive_failures = 0; }, R"(consecutive_failures: value "0" must)"},
      {[](Options& o) { o.open = 0s; }, R"(open: value "0 ms" must be 1 ms to `max_open`)"},
      {[](Options& o) { o.open = 2min; }, R"(open: value "120000 ms" must be 1 ms to `max_open`)"},
      {[](Options& o) { o.max_open = 25h; }, R"(max_open: value "90000000 ms" must be)"},
      {[](Options& o) { o.probes = 0; }, R"(probes: value "0" must be 1 to 1,000)"},
      {[](Options& o) { o.probe_successes = 6; },
       R"(probe_successes: value "6" must be 1 to `probes`)"},
      {[](Options& o) { o.half_open_limit = 0s; }, R"(half_open_limit: value "0 ms" must be)"},
      {[](Options& o) { o.probabilistic = 0.5; }, R"(probabilistic: value "0.500000" must be)"},
      {[=](Options& o) { o.probabilistic = nan; }, R"(probabilistic: value "nan" must be)"},
  };
  for (const auto& c : cases) {
    Options options;
    c.change(options);
    EXPECT_THAT(options.validate().text(), HasSubstr(std::string(c.problem)));
  }
  EXPECT_TRUE(original_circuit_breaker().validate().empty());
}

}  // namespace
}  // namespace lift
