#include "lift/export/cloudwatch_metrics.h"

#include <string_view>
#include <utility>

#include "lift/base/loop.h"
#include "lift/export/aws_answer.h"
#include "lift/export/detail/periods.h"
#include "lift/export/http_carrier.h"
#include "lift/telemetry/put_metric_data.h"

namespace lift {
namespace {

class MetricsCarrier final : public HttpCarrier {
 public:
  using HttpCarrier::HttpCarrier;

 private:
  void write_body(const Batch& batch, std::string& out) override { out = batch.bytes(); }
  SendResult judge(const ClientResponse& response, const Batch&) override {
    return judge_aws(response, Loop::current().clock().wall());
  }
};

/// How many datums a body holds: each has one name.
std::uint32_t datums_of(std::string_view body) noexcept {
  constexpr std::string_view kName = ".MetricName=";
  std::uint32_t count = 0;
  for (std::size_t at = 0; (at = body.find(kName, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

class CloudWatchMetrics final : public Destination {
 public:
  CloudWatchMetrics(const CloudWatchMetricsOptions& options, const Resource& resource,
                    HttpTransport& transport, HttpTarget target)
      : metric_namespace_(options.metric_namespace),
        resource_(resource),
        carrier_(transport, std::move(target)),
        sender_(options.sender, {.max_entries = 1, .max_entry_bytes = kPutMetricBytes}, carrier_) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "cloudwatch.metrics"; }
  [[nodiscard]] Signal signal() const noexcept override { return Signal::metrics; }

  void metrics(const MetricSnapshot& snapshot) override {
    const auto series = cloudwatch_view(periods_.next(snapshot), resource_);
    const PutMetricData put = put_metric_data(metric_namespace_, series, snapshot.time);
    for (const std::string& body : put.bodies) {
      sender_.push(body, snapshot.time, false, datums_of(body));
    }
    sender_.lost(Loss::export_rejected, put.refused_values);
  }

  Task<void> run() override { return sender_.run(); }
  Task<void> flush(Instant deadline) override { co_await sender_.flush(deadline); }
  void stop() noexcept override { sender_.stop(); }
  [[nodiscard]] DestinationStats stats() const noexcept override { return sender_.stats(); }
  [[nodiscard]] std::string_view problem() const noexcept override { return sender_.problem(); }

 private:
  std::string metric_namespace_;
  Resource resource_;
  detail::Periods periods_;
  MetricsCarrier carrier_;
  BatchSender sender_;
};

}  // namespace

Problems CloudWatchMetricsOptions::validate() const {
  Problems problems;
  if (!is_metric_namespace(metric_namespace)) {
    problems.add("metric_namespace", metric_namespace,
                 "must be 1 to 255 of A-Z a-z 0-9 . - _ / # : and not AWS/");
  }
  problems.add_all("sender", sender.validate());
  return problems;
}

Result<std::unique_ptr<Destination>> make_cloudwatch_metrics(
    const CloudWatchMetricsOptions& options, const Resource& resource, Url endpoint,
    HttpTransport& transport) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  HttpTarget target{
      .url = std::move(endpoint),
      .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
      .gzip = options.gzip};
  return std::make_unique<CloudWatchMetrics>(options, resource, transport, std::move(target));
}

}  // namespace lift
