#pragma once
// The metrics of an app's routes and of its busiest tenants, resolved once and found again without
// a lock.
//
// Thread-safety: the layers' side from any thread; upkeep() and exporting() on the exporter's.
// Cost: finding a request's series about 10 ns; the first request of its kind takes a lock.

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "lift/http/method.h"
#include "lift/observe/detail/name_map.h"
#include "lift/observe/observe_options.h"
#include "lift/telemetry/sampler.h"
#include "lift/telemetry/telemetry.h"
#include "lift/telemetry/top_k.h"

namespace lift::detail {

/// What tells the series of a route's requests apart, besides the method.
struct SeriesKey {
  enum class ErrorType : std::uint8_t { none, status, timeout, exception };
  std::uint16_t status = 0;
  bool secure = false;
  ErrorType error = ErrorType::none;

  /// Never 0.
  [[nodiscard]] std::uint32_t packed() const noexcept {
    constexpr std::uint32_t kPresent = 1U << 31;
    return kPresent | static_cast<std::uint32_t>(error) << 17 | (secure ? 1U << 16 : 0) | status;
  }
};

/// Who fails how, as `error.type` says it.
[[nodiscard]] std::string_view error_type(SeriesKey::ErrorType error, int status) noexcept;

/// One method of one route.
struct ObservedMethod {
  struct Series {
    std::atomic<std::uint32_t> key{0};  // published after the handle
    Histogram duration;
  };
  static constexpr std::size_t kQuick = 8;

  std::array<Series, kQuick> series;
  std::deque<Series> more;  // under the lock
  Histogram response_size;
  std::size_t sampling_rule = 0;
  std::atomic<std::int64_t> slow{kNeverSlow.count()};  // ns
  HistogramPoint last_seen;                            // of all series, at the last upkeep
};

struct ObservedRoute {
  std::string operation;
  bool matched = true;
  std::array<std::atomic<ObservedMethod*>, kMethodCount> methods{};
};

struct ObservedTenant {
  Histogram succeeded;
  Histogram failed;
};

class ObservedRoutes final : public TelemetryUpkeep {
 public:
  ObservedRoutes(const ObserveOptions& options, Telemetry& telemetry,
                 std::shared_ptr<const Sampler> sampler);

  [[nodiscard]] ObservedRoute& add(std::string_view operation);
  /// The route of a name that the operation extractor gave.
  [[nodiscard]] ObservedRoute& named(std::string_view operation);
  [[nodiscard]] ObservedMethod& method(ObservedRoute& route, Method method);
  [[nodiscard]] const Histogram& duration(ObservedRoute& route, Method method,
                                          ObservedMethod& series, const SeriesKey& key);
  [[nodiscard]] const UpDown& active(Method method) const noexcept {
    return active_[static_cast<std::size_t>(method)];
  }
  [[nodiscard]] const Histogram& tenant(std::string_view name, bool failed);

  void upkeep(Instant now) override;
  void exporting(const RequestRead& record, WallTime ended) override;
  void before_fork() override;
  void after_fork() override;

 private:
  [[nodiscard]] ObservedMethod& add_method(ObservedRoute& route, Method method);
  [[nodiscard]] Histogram make_series(const ObservedRoute& route, Method method,
                                      const SeriesKey& key) const;
  [[nodiscard]] ObservedTenant make_tenant(std::string_view name) const;
  void refresh_slow(ObservedMethod& method) const;
  void refresh_tenants();

  const bool keep_slow_;
  const std::size_t top_tenants_;
  const std::shared_ptr<const Sampler> sampler_;
  HistogramFamily<5> durations_;
  HistogramFamily<2> sizes_;
  HistogramFamily<2> tenants_;
  std::array<UpDown, kMethodCount> active_;
  std::mutex mutex_;
  std::deque<ObservedRoute> routes_;
  std::deque<ObservedMethod> methods_;
  NameMap<ObservedRoute*> names_;
  ObservedRoute* other_route_;
  NameMap<ObservedTenant> tenant_table_;
  ObservedTenant other_tenant_;
  TopK busiest_;
  int upkeeps_ = 0;
};

}  // namespace lift::detail
