#pragma once
// What a client counts of its attempts, by the semantic conventions: `http.client.request.duration`
// by endpoint, method, and status or error; and `lift.client.retries`.
//
// Thread-safety: everything from any thread.
// Cost: a search of an endpoint's few series without a lock, about 5 ns, and the histogram's own;
// the first attempt of its kind takes a lock.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/client/upstream.h"
#include "lift/resilience/retry_policy.h"
#include "lift/telemetry/metrics.h"

namespace lift::detail {

/// How an attempt ended, for telemetry.
struct AttemptEnd {
  int status = 0;          ///< 0 without an answer
  std::string_view error;  ///< a literal; "" with an answer
};

class ClientMetrics {
 public:
  ClientMetrics(std::string_view client, const std::vector<Endpoint>& endpoints,
                MetricRegistry& metrics);

  /// Whether a failed attempt was followed by another.
  void decided(RetryStop why) noexcept { retries_[static_cast<std::size_t>(why)].add(); }
  /// A second attempt was begun beside the first.
  void hedged() noexcept { hedges_.add(); }
  void ended(std::size_t endpoint, std::string_view method, const AttemptEnd& end, Duration took);

 private:
  /// Series of an endpoint that are found without a lock; what is beyond takes one.
  static constexpr std::size_t kPlaces = 64;

  struct Series {
    std::string_view method;
    AttemptEnd end;
    Histogram duration;
  };
  struct EndpointSeries {
    std::string_view address;
    std::string port;
    std::array<std::atomic<const Series*>, kPlaces> places{};
  };

  [[nodiscard]] Histogram make(const EndpointSeries& endpoint, std::string_view method,
                               const AttemptEnd& end) const;
  [[nodiscard]] Histogram add(EndpointSeries& endpoint, std::string_view method,
                              const AttemptEnd& end);

  HistogramFamily<5> family_;
  std::array<Counter, 7> retries_;
  Counter hedges_;
  std::deque<EndpointSeries> endpoints_;
  std::mutex mutex_;
  std::deque<Series> series_;
};

}  // namespace lift::detail
