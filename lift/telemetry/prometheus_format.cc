// Which of Prometheus's formats a scrape wants.

#include <optional>

#include "lift/base/ascii.h"
#include "lift/telemetry/prometheus.h"

namespace lift {
namespace {

constexpr int kFull = 1000;

/// One range of an Accept header.
struct Range {
  std::string_view type;
  std::string_view version;
  std::string_view proto;
  std::string_view encoding;
  int weight = kFull;  ///< in thousandths; -1 if it is none
};

std::string_view unquoted(std::string_view value) noexcept {
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return value;
  return value.substr(1, value.size() - 2);
}

Range parse_range(std::string_view text) noexcept {
  Range range;
  range.type = ascii::trim(ascii::cut(text, ';'));
  while (!text.empty()) {
    std::string_view value = ascii::cut(text, ';');
    const std::string_view name = ascii::trim(ascii::cut(value, '='));
    value = unquoted(ascii::trim(value));
    if (ascii::same(name, "version")) range.version = value;
    if (ascii::same(name, "proto")) range.proto = value;
    if (ascii::same(name, "encoding")) range.encoding = value;
    if (ascii::same(name, "q")) range.weight = ascii::parse_weight(value);
  }
  return range;
}

std::optional<PrometheusFormat> format_of(const Range& range) noexcept {
  const auto version_is = [&](std::string_view version) {
    return range.version.empty() || range.version == version;
  };
  if (ascii::same(range.type, "application/vnd.google.protobuf")) {
    if (range.proto != "io.prometheus.client.MetricFamily") return std::nullopt;
    if (range.encoding != "delimited") return std::nullopt;
    return PrometheusFormat::protobuf;
  }
  if (ascii::same(range.type, "application/openmetrics-text")) {
    if (!version_is("1.0.0")) return std::nullopt;
    return PrometheusFormat::open_metrics;
  }
  const bool text = ascii::same(range.type, "text/plain") || ascii::same(range.type, "text/*") ||
                    range.type == "*/*";
  if (!text || !version_is("0.0.4")) return std::nullopt;
  return PrometheusFormat::text;
}

}  // namespace

PrometheusFormat prometheus_format(std::string_view accept) noexcept {
  PrometheusFormat best = PrometheusFormat::text;
  int best_weight = 0;
  while (!accept.empty()) {
    const Range range = parse_range(ascii::cut(accept, ','));
    const auto format = format_of(range);
    if (!format || range.weight <= best_weight) continue;
    best = *format;
    best_weight = range.weight;
  }
  return best;
}

std::string_view content_type(PrometheusFormat format) noexcept {
  switch (format) {
    case PrometheusFormat::open_metrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case PrometheusFormat::protobuf:
      return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
             "encoding=delimited";
    case PrometheusFormat::text:
      break;
  }
  return "text/plain; version=0.0.4; charset=utf-8";
}

void encode(PrometheusFormat format, const MetricSnapshot& snapshot, const Resource& resource,
            std::string& out) {
  switch (format) {
    case PrometheusFormat::text:
      return encode_prometheus_text(snapshot, resource, out);
    case PrometheusFormat::open_metrics:
      return encode_openmetrics(snapshot, resource, out);
    case PrometheusFormat::protobuf:
      return encode_prometheus_protobuf(snapshot, resource, out);
  }
}

}  // namespace lift
