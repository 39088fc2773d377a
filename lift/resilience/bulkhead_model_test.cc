// Random histories against a bulkhead that only counts.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "lift/resilience/bulkhead.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct Request {
  std::string tenant;  // "" for none
  std::string operation;
  BulkheadHeld held;
};

/// Which level has no place, "" if all have.
std::string missing(const BulkheadOptions& options, const std::vector<Request>& at_work,
                    const std::string& tenant, const std::string& operation) {
  std::uint32_t of_tenant = 0;
  std::uint32_t of_operation = 0;
  for (const Request& one : at_work) {
    of_tenant += one.tenant == tenant ? 1 : 0;
    of_operation += one.operation == operation ? 1 : 0;
  }
  if (!tenant.empty() && of_tenant >= options.limit_of_tenant(tenant)) return "tenant";
  const auto most = options.limit_of_operation(operation);
  if (most && of_operation >= *most) return "operation";
  return at_work.size() >= options.limit ? "global" : "";
}

BulkheadOptions random_options(Random& random) {
  BulkheadOptions options;
  options.limit = static_cast<std::uint32_t>(1 + random.below(12));
  if (random.below(2) == 0) options.tenant_limit = static_cast<std::uint32_t>(1 + random.below(6));
  options.operations = {{"slow", static_cast<std::uint32_t>(1 + random.below(4))},
                        {"usual", static_cast<std::uint32_t>(1 + random.below(8))}};
  options.tenants = {{"large", {.limit = 9}}};
  options.queue.reset();
  return options;
}

TEST(BulkheadModel, DecidesAsTheNaiveOneDoes) {
  constexpr std::array kTenants{"", "a", "b", "c", "large"};
  constexpr std::array kOperations{"slow", "usual"};
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    SeededRandom random(seed);
    BulkheadOptions options = random_options(random);
    Bulkhead bulkhead(options, 100, random);
    std::vector<Request> at_work;
    const Instant now(1h);
    for (int step = 0; step < 100; ++step) {
      const auto kind = random.below(20);
      if (kind == 0) {
        options = random_options(random);
        bulkhead.update(options, now);
      } else if (kind < 8 && !at_work.empty()) {
        const auto at = static_cast<std::ptrdiff_t>(random.below(at_work.size()));
        bulkhead.release(at_work[static_cast<std::size_t>(at)].held, now);
        at_work.erase(at_work.begin() + at);
      } else {
        const std::string tenant = kTenants[random.below(kTenants.size())];
        const std::string operation = kOperations[random.below(kOperations.size())];
        const auto admission = bulkhead.try_acquire(
            {.operation = &bulkhead.operation(operation), .tenant = tenant}, now);
        const std::string level =
            admission.held ? "" : std::string(to_string(admission.refusal.level));
        ASSERT_EQ(level, missing(options, at_work, tenant, operation)) << seed << " " << step;
        if (admission.held) at_work.push_back({tenant, operation, *admission.held});
      }
      ASSERT_EQ(bulkhead.view().in_use, at_work.size()) << seed << " " << step;
    }
  }
}

}  // namespace
}  // namespace lift
