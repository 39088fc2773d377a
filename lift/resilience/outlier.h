#pragma once
// Which of several equal endpoints are left out for a while, as they do worse than the rest: a pure
// policy.
//
// An endpoint is ejected after so many failures in a row, or where its share of successes in an
// interval lies far below the mean of all; for longer each time, and back as a whole afterwards.
// Never more than a part of them is out: where many fail it is not they that are to blame.
// Source: Envoy's outlier detection (docs, "Outlier detection"), gRPC proposal A50.
//
//   OutlierDetector outliers(endpoints.size(), {});
//   if (outliers.available(i, now)) ...
//   outliers.record(i, OutcomeKind::failure, now, random);
//
// Thread-safety: everything from any thread. A success takes no lock; a failure that may eject, and
// the end of an interval, take one.
// Cost: available() a load, record() about 10 ns; 64 bytes an endpoint.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/random.h"
#include "lift/chain/outcome.h"

namespace lift {

struct OutlierOptions {
  /// Failures in a row that eject: 1 to 1,000.
  std::uint32_t consecutive_failures = 5;
  /// How often shares of success are compared: 100 ms to 1 h.
  Duration interval = std::chrono::seconds(10);
  /// Time out at the first ejection, twice that at the second, and so on: 100 ms to `max_ejection`.
  /// Up to a tenth more is drawn, so that a fleet does not come back as one.
  Duration base_ejection = std::chrono::seconds(30);
  /// 100 ms to 24 h.
  Duration max_ejection = std::chrono::minutes(5);
  /// Part of the endpoints that may be out at a time: 0 to 1. One may always be, of two or more.
  double max_ejected = 0.1;
  /// Standard deviations below the mean share of success that eject: 0.1 to 10.
  double deviations = 1.9;
  /// Endpoints with enough requests that a comparison needs: 2 to 1,000.
  std::uint32_t minimum_endpoints = 5;
  /// Requests in an interval that an endpoint needs to be compared: 1 to 1,000,000.
  std::uint32_t minimum_requests = 100;

  [[nodiscard]] Problems validate() const;
};

class OutlierDetector {
 public:
  /// `options` must be valid: validate() finds nothing.
  OutlierDetector(std::size_t endpoints, const OutlierOptions& options);

  [[nodiscard]] bool available(std::size_t endpoint, Instant now) const noexcept {
    return now.time_since_epoch().count() >=
           endpoints_[endpoint].out_until.load(std::memory_order_relaxed);
  }
  /// Failures and timeouts count against the endpoint; rejections, overload and what was cancelled
  /// say nothing.
  void record(std::size_t endpoint, OutcomeKind kind, Instant now, Random& random);
  /// How many are out.
  [[nodiscard]] std::size_t ejected(Instant now) const noexcept;
  /// Ejections ever.
  [[nodiscard]] std::uint64_t ejections() const noexcept {
    return ejections_.load(std::memory_order_relaxed);
  }

 private:
  struct alignas(64) Endpoint {
    std::atomic<Duration::rep> out_until{INT64_MIN};
    std::atomic<std::uint32_t> failures_in_a_row{0};
    std::atomic<std::uint32_t> good{0};
    std::atomic<std::uint32_t> total{0};
    std::uint32_t times_out = 0;  // under the lock
  };

  void end_interval(Instant now, Random& random);
  void eject(std::size_t endpoint, Instant now, Random& random);

  const OutlierOptions options_;
  const std::size_t most_out_;
  std::vector<Endpoint> endpoints_;
  std::mutex mutex_;
  std::atomic<Duration::rep> interval_ends_{INT64_MIN};
  std::atomic<std::uint64_t> ejections_{0};
};

}  // namespace lift
