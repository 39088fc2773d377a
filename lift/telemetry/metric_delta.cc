#include "lift/telemetry/metric_delta.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lift/telemetry/histogram_point.h"

namespace lift {
namespace {

using Points = std::map<std::vector<Label>, const MetricPoint*>;

bool is_overflow(const MetricPoint& point) {
  return point.labels.size() == 1 && point.labels[0].first == "otel_metric_overflow";
}

/// False, and `from` as it was, if `from` is less.
bool take_off(MetricPoint& from, const MetricPoint& earlier) {
  if (from.histogram && earlier.histogram) return subtract(*from.histogram, *earlier.histogram);
  if (!(from.value >= earlier.value)) return false;
  from.value -= earlier.value;
  return true;
}

void keep_new_exemplars(MetricPoint& point, WallTime since) {
  if (point.exemplar && point.exemplar->time <= since) point.exemplar.reset();
  if (!point.histogram) return;
  std::erase_if(point.histogram->exemplars,
                [since](const Exemplar& exemplar) { return exemplar.time <= since; });
}

/// What series counted that are no more, or that began anew, is in the overflow series by now.
void take_off_moved(MetricFamily& family, const Points& moved) {
  const auto overflow = std::ranges::find_if(family.points, is_overflow);
  if (overflow == family.points.end()) return;
  for (const auto& [labels, point] : moved) take_off(*overflow, *point);
}

void make_delta(MetricFamily& family, const MetricFamily& earlier, WallTime since) {
  Points before;
  for (const MetricPoint& point : earlier.points) before.emplace(point.labels, &point);
  for (MetricPoint& point : family.points) {
    keep_new_exemplars(point, since);
    const auto known = before.find(point.labels);
    if (known != before.end() && take_off(point, *known->second)) before.erase(known);
  }
  take_off_moved(family, before);
}

bool is_cumulative(MetricKind kind) noexcept {
  return kind == MetricKind::counter || kind == MetricKind::histogram;
}

}  // namespace

MetricSnapshot delta(const MetricSnapshot& earlier, const MetricSnapshot& later) {
  MetricSnapshot out = later;
  if (earlier.start != later.start) return out;  // all of it began anew
  out.start = earlier.time;
  for (MetricFamily& family : out.families) {
    if (!is_cumulative(family.kind)) continue;
    const auto before =
        std::ranges::lower_bound(earlier.families, family.name, {}, &MetricFamily::name);
    if (before == earlier.families.end() || before->name != family.name) continue;
    if (before->kind == family.kind) make_delta(family, *before, earlier.time);
  }
  return out;
}

}  // namespace lift
