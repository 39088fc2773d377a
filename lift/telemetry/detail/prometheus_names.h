#pragma once
// Names and labels as Prometheus wants them, for its three formats.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/resource.h"

namespace lift::detail {

/// The word for a UCUM unit: "seconds", "bytes", "meters_per_second"; "" for none and for what
/// stands in braces.
[[nodiscard]] std::string prometheus_unit(std::string_view unit, MetricKind kind);

/// Labels under their names there, with values in UTF-8. Of several with one name, the values stand
/// together, separated by `;`, in the order of their own names.
[[nodiscard]] std::vector<Label> prometheus_labels(std::span<const Label> labels);

/// Of `target_info`.
[[nodiscard]] std::vector<Label> target_labels(const Resource& resource);
/// Of an exemplar: 63 characters, of 128 that are allowed.
[[nodiscard]] std::vector<Label> exemplar_labels(const Exemplar& exemplar);

/// The names that a family takes there, those of its samples included.
[[nodiscard]] std::vector<std::string> prometheus_names(std::string_view name,
                                                        std::string_view unit, MetricKind kind);

/// The exemplar of the explicit bucket, none if there is none; exemplars stand by value.
[[nodiscard]] const Exemplar* exemplar_of(const HistogramPoint& point,
                                          std::span<const double> bounds, std::size_t bucket);

}  // namespace lift::detail
