#pragma once
// How many may be at work at once, and who waits for a place how long.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

/// What one tenant may have.
struct TenantShare {
  /// At work at once: 1 to 1,000,000; absent: as every tenant.
  std::optional<std::uint32_t> limit = {};
  /// Against other tenants who wait: 1 to 1,000.
  std::uint32_t weight = 1;
};

struct BulkheadQueueOptions {
  /// The longest wait for a place: 1 ms to 1 min. A request's deadline cuts it shorter.
  Duration max_wait = std::chrono::milliseconds(250);
  /// Queues, and how many of them a tenant's requests may stand in: 1 to 64, 1 to `queues`. More
  /// queues keep more tenants apart, a larger hand keeps one from being squeezed out by chance.
  std::uint32_t queues = 64;
  std::uint32_t hand = 8;
  /// Requests in one queue: 1 to 512.
  std::uint32_t length = 16;
  /// Once the shortest wait of an `interval` is longer than `target`, there are more requests than
  /// can be served: the newest go first, and who has waited twice `target` is refused. 1 ms to
  /// `max_wait`, and 1 ms to 10 s.
  Duration target = std::chrono::milliseconds(5);
  Duration interval = std::chrono::milliseconds(100);
};

struct BulkheadOptions {
  /// At work at once, in all: 1 to 1,000,000.
  std::uint32_t limit = 256;
  /// For each tenant: 1 to 1,000,000; absent: half of `limit`, rounded up, so that others find
  /// places again as soon as one request ends. Who has no tenant has no such limit.
  std::optional<std::uint32_t> tenant_limit = {};
  /// For each operation: 1 to 1,000,000; absent: none.
  std::optional<std::uint32_t> operation_limit = {};
  /// What certain tenants may have instead, and certain operations: up to 10,000 of each.
  std::map<std::string, TenantShare, std::less<>> tenants = {};
  std::map<std::string, std::uint32_t, std::less<>> operations = {};
  /// Where requests wait that find no place; absent: nowhere, they are refused at once.
  std::optional<BulkheadQueueOptions> queue = BulkheadQueueOptions{};

  [[nodiscard]] Problems validate() const;
  [[nodiscard]] std::uint32_t limit_of_tenant(std::string_view tenant) const;
  [[nodiscard]] std::uint32_t weight_of_tenant(std::string_view tenant) const;
  /// Nothing where it has none.
  [[nodiscard]] std::optional<std::uint32_t> limit_of_operation(std::string_view operation) const;
};

/// The original's preset: a tenant may have a tenth of `limit`, an operation a fifth, and who finds
/// no place waits up to 30 s.
[[nodiscard]] BulkheadOptions original_bulkhead(std::uint32_t limit);

}  // namespace lift
