#include <cstdint>
#include <vector>

#include "lift/telemetry/detail/otlp_messages.h"

namespace lift::detail {
namespace {

// Numbers of metrics.proto.
constexpr std::uint32_t kCumulative = 2;
// The most buckets of a point, as OpenTelemetry's SDKs have it.
constexpr std::size_t kMaxBuckets = 160;
constexpr std::int32_t kScale = 3;

struct Buckets {
  std::int32_t scale = kScale;
  std::int32_t offset = 0;
  std::vector<std::uint64_t> counts;
};

// One scale down is two neighbours in one: bucket i goes to i / 2, rounded down. Nothing is lost
// but resolution.
Buckets halved(const Buckets& from) {
  Buckets to{.scale = from.scale - 1, .offset = from.offset >> 1, .counts = {}};
  to.counts.resize(from.counts.size() / 2 + 1);
  for (std::size_t i = 0; i < from.counts.size(); ++i) {
    const std::int32_t index = from.offset + static_cast<std::int32_t>(i);
    to.counts[static_cast<std::size_t>((index >> 1) - to.offset)] += from.counts[i];
  }
  if (to.counts.back() == 0) to.counts.pop_back();
  return to;
}

template <class Emitter>
void emit_point_head(Emitter& out, int attributes_field, const MetricPoint& point,
                     const MetricSnapshot& snapshot) {
  OtlpAttributes attributes(out, attributes_field, SIZE_MAX);
  for (const Label& label : point.labels) attributes.add_unchecked(label.first, label.second);
  static_cast<void>(attributes.end());
  out.fixed64(2, "startTimeUnixNano", unix_nanos(snapshot.start));
  out.fixed64(3, "timeUnixNano", unix_nanos(snapshot.time));
}

template <class Emitter>
void emit_exemplar(Emitter& out, int field, const Exemplar& exemplar) {
  const std::size_t item = out.item(field);
  out.fixed64(2, "timeUnixNano", unix_nanos(exemplar.time));
  out.real(3, "asDouble", exemplar.value);
  out.id(4, "spanId", exemplar.span.bytes);
  out.id(5, "traceId", exemplar.trace.bytes);
  out.end(item);
}

template <class Emitter>
void emit_number(Emitter& out, const MetricPoint& point, const MetricSnapshot& snapshot) {
  const std::size_t item = out.item(1);
  emit_point_head(out, 7, point, snapshot);
  out.real(4, "asDouble", point.value);
  if (point.exemplar) {
    out.list("exemplars");
    emit_exemplar(out, 5, *point.exemplar);
    out.end_list();
  }
  out.end(item);
}

template <class Emitter>
void emit_buckets(Emitter& out, const HistogramPoint& histogram) {
  Buckets buckets{.scale = kScale, .offset = histogram.first_index, .counts = histogram.buckets};
  while (buckets.counts.size() > kMaxBuckets) buckets = halved(buckets);
  out.sint32(6, "scale", buckets.scale);
  if (histogram.zeros > 0) out.fixed64(7, "zeroCount", histogram.zeros);
  if (!buckets.counts.empty()) {
    const std::size_t positive = out.object(8, "positive");
    out.sint32(1, "offset", buckets.offset);
    out.counts(2, "bucketCounts", buckets.counts);
    out.end(positive);
  }
  if (histogram.zero_threshold > 0) out.real(14, "zeroThreshold", histogram.zero_threshold);
}

template <class Emitter>
void emit_histogram(Emitter& out, const MetricPoint& point, const MetricSnapshot& snapshot) {
  if (!point.histogram) return;
  const std::size_t item = out.item(1);
  emit_point_head(out, 1, point, snapshot);
  out.fixed64(4, "count", point.histogram->count);
  out.real(5, "sum", point.histogram->sum);
  emit_buckets(out, *point.histogram);
  if (!point.histogram->exemplars.empty()) {
    out.list("exemplars");
    for (const Exemplar& exemplar : point.histogram->exemplars) emit_exemplar(out, 11, exemplar);
    out.end_list();
  }
  out.end(item);
}

template <class Emitter>
void emit_data(Emitter& out, const MetricFamily& family, const MetricSnapshot& snapshot) {
  out.list("dataPoints");
  for (const MetricPoint& point : family.points) {
    if (family.kind == MetricKind::histogram) {
      emit_histogram(out, point, snapshot);
    } else {
      emit_number(out, point, snapshot);
    }
  }
  out.end_list();
  if (family.kind == MetricKind::gauge) return;
  out.number(2, "aggregationTemporality", kCumulative);
  if (family.kind == MetricKind::counter) out.boolean(3, "isMonotonic", true);
}

template <class Emitter>
std::size_t begin_data(Emitter& out, MetricKind kind) {
  if (kind == MetricKind::gauge) return out.object(5, "gauge");
  if (kind == MetricKind::histogram) return out.object(10, "exponentialHistogram");
  return out.object(7, "sum");
}

}  // namespace

template <class Emitter>
std::size_t emit_metrics(Emitter& out, const MetricSnapshot& snapshot) {
  std::size_t points = 0;
  for (const MetricFamily& family : snapshot.families) {
    if (family.points.empty()) continue;
    const std::size_t metric = out.item(kOtlpItems);
    out.text(1, "name", family.name);
    out.text(2, "description", family.description);
    out.text(3, "unit", family.unit);
    const std::size_t data = begin_data(out, family.kind);
    emit_data(out, family, snapshot);
    out.end(data);
    out.end(metric);
    points += family.points.size();
  }
  return points;
}

template std::size_t emit_metrics(ProtobufEmitter&, const MetricSnapshot&);
template std::size_t emit_metrics(JsonEmitter&, const MetricSnapshot&);

}  // namespace lift::detail
