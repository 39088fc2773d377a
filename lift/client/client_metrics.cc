#include <optional>
#include <string>

#include "lift/client/detail/client_metrics.h"
#include "lift/http/method.h"
#include "lift/telemetry/own_metrics.h"

namespace lift::detail {
namespace {

/// The method as a label: one of a few.
std::string_view label_of(std::string_view method) noexcept {
  const std::optional<Method> known = method_from(method);
  return known ? to_string(*known) : std::string_view("_OTHER");
}

double seconds(Duration time) noexcept { return std::chrono::duration<double>(time).count(); }

}  // namespace

ClientMetrics::ClientMetrics(std::string_view client, const std::vector<Endpoint>& endpoints,
                             MetricRegistry& metrics)
    : family_(
          metrics.histograms({.name = std::string(own_metric::kClientDuration.name),
                              .description = std::string(own_metric::kClientDuration.description),
                              .unit = std::string(own_metric::kClientDuration.unit)},
                             own_label::kOfClientDuration)) {
  const auto retries =
      metrics.counters(own_metric::kClientRetries.options(), own_label::kOfClientRetry);
  for (std::size_t i = 0; i < retries_.size(); ++i) {
    const auto why = static_cast<RetryStop>(i);
    retries_[i] = retries.with(client, why == RetryStop::none ? "sent" : to_string(why));
  }
  hedges_ =
      metrics.counters(own_metric::kClientHedges.options(), own_label::kOfClient).with(client);
  for (const Endpoint& endpoint : endpoints) {
    EndpointSeries& its = endpoints_.emplace_back();
    its.address = endpoint.url.host;
    its.port = std::to_string(endpoint.url.port);
  }
}

void ClientMetrics::ended(std::size_t endpoint, std::string_view method, const AttemptEnd& end,
                          Duration took) {
  EndpointSeries& its = endpoints_[endpoint];
  const std::string_view label = label_of(method);
  for (const std::atomic<const Series*>& place : its.places) {
    const Series* series = place.load(std::memory_order_acquire);
    if (series == nullptr) break;
    // Labels and errors are literals of this library: equal ones may still lie at two addresses.
    if (series->end.status == end.status && series->method == label &&
        series->end.error == end.error) {
      return series->duration.record(seconds(took));
    }
  }
  add(its, label, end).record(seconds(took));
}

Histogram ClientMetrics::add(EndpointSeries& endpoint, std::string_view method,
                             const AttemptEnd& end) {
  const Histogram made = make(endpoint, method, end);
  const std::lock_guard lock(mutex_);
  for (std::atomic<const Series*>& place : endpoint.places) {
    if (place.load(std::memory_order_relaxed) != nullptr) continue;
    place.store(&series_.emplace_back(method, end, made), std::memory_order_release);
    break;
  }
  return made;
}

Histogram ClientMetrics::make(const EndpointSeries& endpoint, std::string_view method,
                              const AttemptEnd& end) const {
  const std::string status = end.status == 0 ? "" : std::to_string(end.status);
  const std::string_view error =
      end.error.empty() && end.status >= 400 ? std::string_view(status) : end.error;
  return family_.with(method, endpoint.address, endpoint.port, status, error);
}

}  // namespace lift::detail
