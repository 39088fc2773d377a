// io.prometheus.client.MetricFamily, each after its length. Field numbers are those of
// prometheus/client_model's metrics.proto.

#include <limits>

#include "lift/base/utf8.h"
#include "lift/telemetry/detail/prometheus_names.h"
#include "lift/telemetry/prometheus.h"
#include "lift/telemetry/protobuf_writer.h"

namespace lift {
namespace {

// Types of metrics.
constexpr std::uint8_t kCounter = 0, kGauge = 1, kHistogram = 4;
constexpr int kSchema = 3;
/// Empty buckets between two filled ones that take less room than another span.
constexpr std::size_t kMaxGap = 2;

std::uint8_t type_of(MetricKind kind) noexcept {
  if (kind == MetricKind::counter) return kCounter;
  return kind == MetricKind::histogram ? kHistogram : kGauge;
}

/// Buckets that stand together, by their place in HistogramPoint::buckets.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Span> spans_of(const std::vector<std::uint64_t>& buckets) {
  std::vector<Span> spans;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] == 0) continue;
    if (spans.empty() || i > spans.back().end + kMaxGap) spans.push_back({i, i});
    spans.back().end = i + 1;
  }
  return spans;
}

class FamilyEncoder {
 public:
  FamilyEncoder(WallTime start, std::string& out) noexcept : start_(start), out_(out) {}

  void target(const Resource& resource) {
    const std::size_t family = out_.begin_delimited();
    head("target_info", "Who is measured.", kGauge);
    const std::size_t metric = out_.begin(4);
    labels(1, detail::target_labels(resource));
    number(2, 1);
    out_.end(metric);
    out_.end(family);
  }
  void family(const MetricFamily& family) {
    const std::size_t message = out_.begin_delimited();
    std::string name = prometheus_name(family.name, family.unit, family.kind);
    if (family.kind == MetricKind::counter) name += "_total";
    head(name, family.description, type_of(family.kind));
    for (const MetricPoint& point : family.points) {
      const std::size_t metric = out_.begin(4);
      labels(1, detail::prometheus_labels(point.labels));
      if (point.histogram) {
        histogram(*point.histogram, family.bounds);
      } else if (family.kind == MetricKind::counter) {
        counter(point);
      } else {
        number(2, point.value);
      }
      out_.end(metric);
    }
    const std::string unit = detail::prometheus_unit(family.unit, family.kind);
    if (!unit.empty()) out_.bytes_field(5, unit);
    out_.end(message);
  }

 private:
  void head(std::string_view name, std::string_view help, std::uint8_t type) {
    out_.bytes_field(1, name);
    if (!help.empty()) out_.bytes_field(2, to_utf8(help));
    out_.varint_field(3, type);
  }
  void labels(int field, const std::vector<Label>& labels) {
    for (const auto& [name, value] : labels) {
      const std::size_t label = out_.begin(field);
      out_.bytes_field(1, name);
      out_.bytes_field(2, value);
      out_.end(label);
    }
  }
  void number(int field, double value) {
    const std::size_t message = out_.begin(field);
    out_.double_field(1, value);
    out_.end(message);
  }
  void time(int field, WallTime time) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t nanoseconds = std::max<std::int64_t>(0, time.time_since_epoch().count());
    const std::size_t message = out_.begin(field);
    out_.int_field(1, nanoseconds / kSecond);
    out_.int_field(2, nanoseconds % kSecond);
    out_.end(message);
  }
  void exemplar(int field, const Exemplar& exemplar) {
    const std::size_t message = out_.begin(field);
    labels(1, detail::exemplar_labels(exemplar));
    out_.double_field(2, exemplar.value);
    time(3, exemplar.time);
    out_.end(message);
  }
  void counter(const MetricPoint& point) {
    const std::size_t message = out_.begin(3);
    out_.double_field(1, point.value);
    if (point.exemplar) exemplar(2, *point.exemplar);
    time(3, start_);
    out_.end(message);
  }
  void histogram(const HistogramPoint& point, const std::vector<double>& bounds) {
    const std::size_t message = out_.begin(7);
    out_.varint_field(1, point.count);
    out_.double_field(2, point.sum);
    classic_buckets(point, bounds);
    native_buckets(point);
    time(15, start_);
    for (const Exemplar& each : point.exemplars) exemplar(16, each);
    out_.end(message);
  }
  void classic_buckets(const HistogramPoint& point, const std::vector<double>& bounds) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < point.explicit_counts.size(); ++i) {
      below += point.explicit_counts[i];
      const std::size_t bucket = out_.begin(3);
      out_.varint_field(1, below);
      out_.double_field(2, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity());
      if (const Exemplar* found = detail::exemplar_of(point, bounds, i)) exemplar(3, *found);
      out_.end(bucket);
    }
  }
  // Prometheus counts buckets from one more than OpenTelemetry. The first span tells where it
  // begins, each other how far after the one before; counts are told as differences.
  void native_buckets(const HistogramPoint& point) {
    out_.sint_field(5, kSchema);
    out_.double_field(6, point.zero_threshold);
    out_.varint_field(7, point.zeros);
    const std::vector<Span> spans = spans_of(point.buckets);
    std::int64_t from = -(std::int64_t{point.first_index} + 1);
    for (const Span& each : spans) {
      const std::size_t span = out_.begin(12);
      out_.sint_field(1, static_cast<std::int64_t>(each.begin) - from);
      out_.varint_field(2, each.end - each.begin);
      out_.end(span);
      from = static_cast<std::int64_t>(each.end);
    }
    if (spans.empty()) return;
    const std::size_t deltas = out_.begin(13);
    std::uint64_t before = 0;
    for (const Span& each : spans) {
      for (std::size_t i = each.begin; i < each.end; ++i) {
        out_.sint(static_cast<std::int64_t>(point.buckets[i] - before));
        before = point.buckets[i];
      }
    }
    out_.end(deltas);
  }

  WallTime start_;
  ProtobufWriter out_;
};

}  // namespace

void encode_prometheus_protobuf(const MetricSnapshot& snapshot, const Resource& resource,
                                std::string& out) {
  FamilyEncoder encoder(snapshot.start, out);
  encoder.target(resource);
  for (const MetricFamily& family : snapshot.families) encoder.family(family);
}

}  // namespace lift
