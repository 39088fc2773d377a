// What a bulkhead costs a request: a place on each of three levels, taken and given back.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/resilience/bulkhead.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct Bed {
  Bed() {
    BulkheadOptions options;
    options.operation_limit = 128;
    SeededRandom random(1);
    bulkhead = std::make_unique<Bulkhead>(options, 10'000, random);
    operation = &bulkhead->operation("POST /charges");
  }
  void request(std::string_view tenant, Instant now) {
    const auto admission = bulkhead->try_acquire({.operation = operation, .tenant = tenant}, now);
    if (admission.held) bulkhead->release(*admission.held, now + 1ms);
  }
  std::unique_ptr<Bulkhead> bulkhead;
  Bulkhead::Operation* operation = nullptr;
};

/// Always the same tenant, hashed and found each time.
bench::Work one_tenant() {
  return [bed = std::make_unique<Bed>(), now = Instant(1h)](std::uint64_t times) mutable {
    for (; times > 0; --times) bed->request("tenant-1", now += 1us);
  };
}

bench::Work without_tenant() {
  return [bed = std::make_unique<Bed>(), now = Instant(1h)](std::uint64_t times) mutable {
    for (; times > 0; --times) bed->request("", now += 1us);
  };
}

/// One of 1,000 tenants.
bench::Work by_tenant() {
  std::vector<std::string> tenants;
  for (int i = 0; i < 1'000; ++i) tenants.push_back("tenant-" + std::to_string(i));
  return [bed = std::make_unique<Bed>(), tenants = std::move(tenants),
          now = Instant(1h)](std::uint64_t times) mutable {
    for (; times > 0; --times) bed->request(tenants[times % tenants.size()], now += 1us);
  };
}

const bench::Row kOne("bulkhead", bench::Budget(40), one_tenant);
const bench::Row kTwoLevels("bulkhead.anonymous", bench::Budget(30), without_tenant);
const bench::Row kTenant("bulkhead.tenant", bench::Budget(80), by_tenant);

}  // namespace
}  // namespace lift
