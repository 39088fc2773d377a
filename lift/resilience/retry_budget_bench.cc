// What the retry budget costs a call that succeeds at once: the bucket is full, as it is while all
// is well; and when it is not.
#include "lift/resilience/retry_budget.h"

#include <memory>

#include "benchmarks/bench.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

bench::Work succeeding(Duration tick) {
  return [budget = std::make_unique<RetryBudget>(), now = Instant(1000s),
          tick](std::uint64_t times) mutable {
    for (; times > 0; --times) {
      budget->succeeded(now);
      now += tick;
    }
  };
}

const bench::Row kFull("retry.budget", bench::Budget(10), [] { return succeeding(1us); });
const bench::Row kSpent("retry.budget.spent", bench::Budget(20), []() -> bench::Work {
  return [budget = std::make_unique<RetryBudget>()](std::uint64_t times) {
    for (; times > 0; --times) {
      bench::keep(budget->try_spend(Instant(1000s)));
      budget->refund();
    }
  };
});

}  // namespace
}  // namespace lift
