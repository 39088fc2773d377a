#include "lift/testing/sim_limit_store.h"

#include <algorithm>

#include "lift/base/sleep.h"

namespace lift {
namespace {

using Kind = LimitWrite::Kind;

bool holds(const LimitWrite& write, const std::optional<LimitItem>& item) noexcept {
  switch (write.kind) {
    case Kind::begin:
      return !item || item->t <= write.above;
    case Kind::advance:
      return item && item->v != 0 && item->v == write.version && item->t > write.above &&
             item->t <= write.at_most;
    case Kind::add:
      return !item || item->t <= write.at_most;
    case Kind::convert:
      return item && item->v != 0 && item->t == write.above && item->v == write.at_most;
  }
  return false;
}

}  // namespace

bool SimLimitStore::throttles(const std::string& key) {
  if (faults.per_item <= 0) return false;
  const Instant now = loop_.clock().now();
  const auto [found, fresh] = partitions_.try_emplace(key, Partition{faults.per_item, now});
  Partition& partition = found->second;
  const double passed = std::chrono::duration<double>(now - partition.at).count();
  partition.left = std::min(faults.per_item, partition.left + passed * faults.per_item);
  partition.at = now;
  if (partition.left < 1) return true;
  partition.left -= 1;
  return false;
}

LimitWritten SimLimitStore::apply(const LimitWrite& write) {
  const auto found = items.find(write.key);
  std::optional<LimitItem> item;
  if (found != items.end()) item = found->second;
  LimitWritten answer{.applied = holds(write, item), .item = item};
  if (!answer.applied) {
    ++not_applied_;
    return answer;
  }
  const bool adds = write.kind == Kind::advance || write.kind == Kind::add;
  const LimitItem after{.t = write.value + (adds && item ? item->t : 0),
                        .v = write.kind != Kind::add ? write.version
                             : item                  ? item->v
                                                     : 0};
  items[write.key] = after;
  answer.item = after;
  return answer;
}

Task<Result<LimitWritten>> SimLimitStore::write(const LimitWrite& write) {
  if (faults.away) co_return fail("not_sent", "the simulated store is away");
  const auto spread = static_cast<double>((faults.slowest - faults.fastest).count());
  const Duration trip =
      faults.fastest + Duration(static_cast<std::int64_t>(spread * random_.uniform()));
  const bool lost = faults.silent || random_.uniform() < faults.ambiguous;
  const bool done = !faults.silent && (!lost || random_.uniform() < 0.5);
  co_await sleep(trip / 2);
  std::optional<LimitWritten> answer;
  if (done) {
    if (throttles(write.key))
      co_return fail("throttled", "the simulated item is written too often");
    ++writes_;
    answer = apply(write);
  }
  const Duration left = write.deadline - loop_.clock().now();
  if (lost || left <= trip / 2) {
    co_await sleep(write.deadline == kNever ? trip : left);
    co_return fail("ambiguous", "the simulated answer is lost");
  }
  co_await sleep(trip / 2);
  if (faults.clock) {
    const WallTime there = loop_.clock().wall() + *faults.clock;
    answer->date = std::chrono::floor<std::chrono::seconds>(there);
  }
  co_return *answer;
}

}  // namespace lift
