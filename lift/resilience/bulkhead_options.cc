#include "lift/resilience/bulkhead_options.h"

#include <algorithm>
#include <string_view>

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMost = 1'000'000;
constexpr std::size_t kMostNamed = 10'000;

void count(Problems& problems, std::string field, std::uint64_t value, std::uint64_t most,
           std::string_view rule) {
  if (value >= 1 && value <= most) return;
  problems.add(std::move(field), std::to_string(value), std::string(rule));
}

void time(Problems& problems, std::string_view field, Duration value, Duration most,
          std::string_view rule) {
  if (value >= 1ms && value <= most) return;
  problems.add(std::string(field), std::to_string(value / 1ms) + " ms", std::string(rule));
}

Problems check(const BulkheadQueueOptions& queue) {
  Problems problems;
  time(problems, "max_wait", queue.max_wait, 1min, "must be 1 ms to 1 min");
  count(problems, "queues", queue.queues, 64, "must be 1 to 64");
  count(problems, "hand", queue.hand, queue.queues, "must be 1 to `queues`");
  count(problems, "length", queue.length, 512, "must be 1 to 512");
  time(problems, "target", queue.target, queue.max_wait, "must be 1 ms to `max_wait`");
  time(problems, "interval", queue.interval, 10s, "must be 1 ms to 10 s");
  return problems;
}

}  // namespace

Problems BulkheadOptions::validate() const {
  constexpr std::string_view kRule = "must be 1 to 1,000,000";
  Problems problems;
  count(problems, "limit", limit, kMost, kRule);
  if (tenant_limit) count(problems, "tenant_limit", *tenant_limit, kMost, kRule);
  if (operation_limit) count(problems, "operation_limit", *operation_limit, kMost, kRule);
  for (const auto& [field, size] :
       {std::pair<std::string_view, std::size_t>{"tenants", tenants.size()},
        {"operations", operations.size()}}) {
    if (size <= kMostNamed) continue;
    problems.add(std::string(field), std::to_string(size), "must be 10,000 at most");
  }
  for (const auto& [name, share] : tenants) {
    if (share.limit) count(problems, "tenants." + name + ".limit", *share.limit, kMost, kRule);
    count(problems, "tenants." + name + ".weight", share.weight, 1'000, "must be 1 to 1,000");
  }
  for (const auto& [name, most] : operations) {
    count(problems, "operations." + name, most, kMost, kRule);
  }
  if (queue) problems.add_all("queue", check(*queue));
  return problems;
}

std::uint32_t BulkheadOptions::limit_of_tenant(std::string_view tenant) const {
  const auto its = tenants.find(tenant);
  if (its != tenants.end() && its->second.limit) return *its->second.limit;
  return tenant_limit.value_or(limit / 2 + limit % 2);
}

std::uint32_t BulkheadOptions::weight_of_tenant(std::string_view tenant) const {
  const auto its = tenants.find(tenant);
  return its == tenants.end() ? 1 : its->second.weight;
}

std::optional<std::uint32_t> BulkheadOptions::limit_of_operation(std::string_view operation) const {
  const auto its = operations.find(operation);
  return its == operations.end() ? operation_limit : std::optional(its->second);
}

BulkheadOptions original_bulkhead(std::uint32_t limit) {
  BulkheadOptions options;
  options.limit = limit;
  options.tenant_limit = std::max(1U, limit / 10);
  options.operation_limit = std::max(1U, limit / 5);
  options.queue = BulkheadQueueOptions{.max_wait = 30s};
  return options;
}

}  // namespace lift
