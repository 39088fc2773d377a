// Recording rules for every window of the burn rates, and the alerts over them.

#include <array>
#include <charconv>
#include <string_view>

#include "lift/telemetry/dashboards.h"
#include "lift/telemetry/detail/burn_rates.h"
#include "lift/telemetry/detail/prometheus_query.h"

namespace lift {
namespace {

using namespace own_metric;
using detail::buckets_of;
using detail::BurnRate;
using detail::count_of;
using detail::label_of;
using detail::total_of;
using detail::Window;

std::string number(double value) {
  std::array<char, 32> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed)
          .ptr;
  return {digits.data(), end};
}

std::string range(std::string selector, std::string_view window) {
  return std::move(selector) + '[' + std::string(window) + ']';
}

/// Writes rules as YAML. Nothing needs quotes but what is given to quote().
class Rules {
 public:
  explicit Rules(const DashboardOptions& options)
      : options_(options), job_(options.job.empty() ? options.service : options.job) {}

  [[nodiscard]] const std::string& job() const noexcept { return job_; }
  /// A recorded series of this job.
  [[nodiscard]] std::string recorded(const std::string& name) const {
    return detail::prometheus_selector(name, job_, {});
  }

  void group(std::string_view name) {
    out_.append("  - name: ").append(quoted(options_.service + ' ' + std::string(name)));
    out_ += "\n    rules:\n";
  }
  void record(const std::string& name, std::string_view expression) {
    out_ += "      - record: " + name + '\n';
    expr(expression);
  }
  void alert(std::string_view name, std::string_view expression, std::string_view lasting,
             std::string_view severity, std::string_view summary) {
    out_.append("      - alert: ").append(name) += '\n';
    expr(expression);
    if (!lasting.empty()) out_.append("        for: ").append(lasting) += '\n';
    out_.append("        labels:\n          severity: ").append(severity) += '\n';
    out_ += "          service: " + quoted(options_.service) + '\n';
    if (!options_.environment.empty())
      out_ += "          environment: " + quoted(options_.environment) + '\n';
    out_ += "        annotations:\n          summary: " +
            quoted(options_.service + ": " + std::string(summary)) + '\n';
  }
  [[nodiscard]] std::string take() { return "groups:\n" + std::move(out_); }

 private:
  static std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + '\'';
  }
  void expr(std::string_view expression) {
    out_ += "        expr: |-\n";
    while (!expression.empty()) {
      const std::size_t end = std::min(expression.find('\n'), expression.size());
      out_.append("          ").append(expression.substr(0, end)) += '\n';
      expression.remove_prefix(std::min(end + 1, expression.size()));
    }
  }

  const DashboardOptions& options_;
  std::string job_;
  std::string out_;
};

std::string rate_name(const Window& window) {
  return std::string("job:lift_requests:rate") + window.name;
}
std::string ratio_name(const Window& window) {
  return std::string("job:lift_requests_failed:ratio_rate") + window.name;
}
constexpr const char* kP99 = "job:lift_request_duration_seconds:p99_rate5m";

void record_all(Rules& rules) {
  rules.group("requests");
  for (const Window& window : detail::kWindows) {
    const std::string all = range(count_of<kRequestDuration>(rules.job()), window.name);
    const std::string failed = range(
        count_of<kRequestDuration>(rules.job(), {{own_label::kErrorType, "!=\"\""}}), window.name);
    rules.record(rate_name(window), "sum by (job) (rate(" + all + "))");
    rules.record(ratio_name(window), "(sum by (job) (rate(" + failed + ")) or 0 * " +
                                         rules.recorded(rate_name(window)) + ")\n/ (" +
                                         rules.recorded(rate_name(window)) + " > 0)");
  }
  rules.record(kP99, "histogram_quantile(0.99, sum by (job, le) (rate(" +
                         range(buckets_of<kRequestDuration>(rules.job()), "5m") + ")))");
}

/// There were at least `requests` within `window`.
std::string busy(const Rules& rules, const Window& window, std::uint64_t requests) {
  return rules.recorded(rate_name(window)) + " * " + std::to_string(window.seconds.count()) +
         " >= " + std::to_string(requests);
}

void alert_on(Rules& rules, const DashboardOptions& options, const BurnRate& burn) {
  const std::string above =
      " > " + number(burn.factor) + " * " + number(detail::percent(options.error_budget()) / 100);
  rules.alert(burn.alert,
              rules.recorded(ratio_name(burn.window)) + above + "\nand " +
                  rules.recorded(ratio_name(burn.control)) + above + "\nand " +
                  busy(rules, burn.window, options.min_requests),
              "", burn.severity, burn.meaning);
}

void alert_on_latency(Rules& rules, const DashboardOptions& options) {
  // Fewer requests have no 99th percentile.
  constexpr std::uint64_t kEnough = 100;
  const std::chrono::duration<double> latency = options.latency_slo;
  rules.alert("LiftSlow",
              rules.recorded(kP99) + " > " + number(latency.count()) + "\nand " +
                  busy(rules, detail::k5Minutes, kEnough),
              "10m", "page", "the 99th percentile is above the objective.");
}

void alert_on_the_rest(Rules& rules) {
  rules.alert(
      "LiftAcceptsNoMoreConnections",
      "sum by (job) (increase(" + range(total_of<kAcceptPaused>(rules.job()), "5m") + ")) > 0", "",
      "page", "accepting paused at the limit of open connections.");
  rules.alert("LiftLosesTelemetry",
              "sum by (job, " + label_of<kDropped>(own_label::kSignal) + ", " +
                  label_of<kDropped>(own_label::kReason) + ") (increase(" +
                  range(total_of<kDropped>(rules.job()), "5m") + ")) > 0",
              "10m", "ticket", "{{ $labels.signal }} are lost: {{ $labels.reason }}.");
  rules.alert("LiftNotScraped", rules.recorded("up") + " == 0", "5m", "page",
              "{{ $labels.instance }} cannot be scraped: nothing is known of it.");
}

}  // namespace

Result<std::string> prometheus_rules(const DashboardOptions& options) {
  if (auto valid = options.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  Rules rules(options);
  record_all(rules);
  rules.group("alerts");
  for (const BurnRate& burn : detail::kBurnRates) alert_on(rules, options, burn);
  alert_on_latency(rules, options);
  alert_on_the_rest(rules);
  return rules.take();
}

}  // namespace lift
