#include "lift/resilience/outlier.h"

#include <algorithm>
#include <cmath>

namespace lift {

using namespace std::chrono_literals;

Problems OutlierOptions::validate() const {
  Problems problems;
  const auto count = [&](std::string_view name, std::uint32_t value, std::uint32_t least,
                         std::uint32_t most) {
    if (value >= least && value <= most) return;
    problems.add(std::string(name), std::to_string(value),
                 "must be " + std::to_string(least) + " to " + std::to_string(most));
  };
  const auto time = [&](std::string_view name, Duration value, Duration most,
                        std::string_view rule) {
    if (value >= 100ms && value <= most) return;
    problems.add(std::string(name), std::to_string(value / 1ms) + " ms", std::string(rule));
  };
  count("consecutive_failures", consecutive_failures, 1, 1000);
  time("interval", interval, 1h, "must be 100 ms to 1 h");
  time("max_ejection", max_ejection, 24h, "must be 100 ms to 24 h");
  time("base_ejection", base_ejection, max_ejection, "must be 100 ms to max_ejection");
  if (!(max_ejected >= 0 && max_ejected <= 1)) {
    problems.add("max_ejected", std::to_string(max_ejected), "must be 0 to 1");
  }
  if (!(deviations >= 0.1 && deviations <= 10)) {
    problems.add("deviations", std::to_string(deviations), "must be 0.1 to 10");
  }
  count("minimum_endpoints", minimum_endpoints, 2, 1000);
  count("minimum_requests", minimum_requests, 1, 1'000'000);
  return problems;
}

namespace {

/// A lone endpoint is never out: there is nobody in its place.
std::size_t most_out(std::size_t endpoints, double part) noexcept {
  if (endpoints < 2) return 0;
  return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(endpoints) * part));
}

}  // namespace

OutlierDetector::OutlierDetector(std::size_t endpoints, const OutlierOptions& options)
    : options_(options),
      most_out_(most_out(endpoints, options.max_ejected)),
      endpoints_(endpoints) {}

void OutlierDetector::record(std::size_t endpoint, OutcomeKind kind, Instant now, Random& random) {
  const Duration::rep at = now.time_since_epoch().count();
  Duration::rep ends = interval_ends_.load(std::memory_order_relaxed);
  if (at >= ends && interval_ends_.compare_exchange_strong(ends, at + options_.interval.count()) &&
      ends != INT64_MIN) {
    end_interval(now, random);
  }
  Endpoint& its = endpoints_[endpoint];
  if (kind == OutcomeKind::success || kind == OutcomeKind::ignored) {
    its.total.fetch_add(1, std::memory_order_relaxed);
    its.good.fetch_add(1, std::memory_order_relaxed);
    if (its.failures_in_a_row.load(std::memory_order_relaxed) != 0) {
      its.failures_in_a_row.store(0, std::memory_order_relaxed);
    }
  } else if (kind == OutcomeKind::failure || kind == OutcomeKind::timeout) {
    its.total.fetch_add(1, std::memory_order_relaxed);
    if (its.failures_in_a_row.fetch_add(1, std::memory_order_relaxed) + 1 <
        options_.consecutive_failures) {
      return;
    }
    const std::lock_guard lock(mutex_);
    eject(endpoint, now, random);
  }
}

std::size_t OutlierDetector::ejected(Instant now) const noexcept {
  std::size_t out = 0;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) out += available(i, now) ? 0U : 1U;
  return out;
}

/// Compares the shares of success, and lets the past of those that did well fade.
void OutlierDetector::end_interval(Instant now, Random& random) {
  const std::lock_guard lock(mutex_);
  struct Share {
    std::size_t endpoint;
    double good;
  };
  std::vector<Share> shares;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    Endpoint& its = endpoints_[i];
    const std::uint32_t total = its.total.exchange(0, std::memory_order_relaxed);
    const std::uint32_t good = its.good.exchange(0, std::memory_order_relaxed);
    if (total >= options_.minimum_requests) {
      shares.push_back({i, static_cast<double>(std::min(good, total)) / total});
    }
    if (available(i, now) && its.times_out > 0) --its.times_out;
  }
  if (shares.size() < options_.minimum_endpoints) return;
  double mean = 0;
  for (const Share& share : shares) mean += share.good;
  mean /= static_cast<double>(shares.size());
  double variance = 0;
  for (const Share& share : shares) variance += (share.good - mean) * (share.good - mean);
  const double deviation = std::sqrt(variance / static_cast<double>(shares.size()));
  std::ranges::sort(shares, {}, &Share::good);  // the worst first, as not all may go
  for (const Share& share : shares) {
    if (share.good < mean - options_.deviations * deviation) eject(share.endpoint, now, random);
  }
}

/// Under the lock.
void OutlierDetector::eject(std::size_t endpoint, Instant now, Random& random) {
  Endpoint& its = endpoints_[endpoint];
  its.failures_in_a_row.store(0, std::memory_order_relaxed);
  if (!available(endpoint, now) || ejected(now) >= most_out_) return;
  ++its.times_out;
  const double base = static_cast<double>(options_.base_ejection.count()) * its.times_out;
  const double time = std::min(base, static_cast<double>(options_.max_ejection.count()));
  const auto spread = static_cast<Duration::rep>(time * (1 + 0.1 * random.uniform()));
  its.out_until.store(now.time_since_epoch().count() + spread, std::memory_order_relaxed);
  ejections_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace lift
