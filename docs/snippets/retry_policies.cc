// What docs/retry-policies.md shows: a call that fails once, and is made again within the budget.
#include <cstdlib>

#include "lift/base/sleep.h"
#include "lift/resilience/backoff.h"
#include "lift/resilience/retry_budget.h"
#include "lift/testing/sim_world.h"

namespace {

int calls = 0;

lift::Task<bool> call_the_bank() { co_return ++calls > 1; }

}  // namespace

// [snippet]
lift::Task<bool> charge(lift::RetryBudget& budget, const lift::Backoff& backoff) {
  lift::Loop& loop = lift::Loop::current();
  lift::Duration last{};
  for (std::uint64_t retry = 0; retry < 3; ++retry) {
    if (retry > 0) {
      if (!budget.try_spend(loop.clock().now())) co_return false;  // too much fails already
      last = backoff.delay(retry, last, loop.random());
      co_await lift::sleep(last);
    }
    if (co_await call_the_bank()) {
      budget.succeeded(loop.clock().now());
      co_return true;
    }
  }
  co_return false;
}
// [/snippet]

int main() {
  lift::SimWorld world;
  lift::RetryBudget budget;
  const lift::Backoff backoff;
  lift::Task<bool> charged = charge(budget, backoff);
  world.advance(std::chrono::seconds(1));
  return charged.done() && charged.take() && calls == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
