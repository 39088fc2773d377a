#pragma once
// What a metric is called, and how much of it is kept.
//
// Thread-safety: plain values.
// Cost: none; read once, at registration.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

namespace lift {

struct MetricOptions {
  /// As OpenTelemetry writes names: letters, digits, `.` and `_`, a letter first, at most 255.
  std::string name;
  std::string description = "";  ///< one sentence
  std::string unit = "";         ///< UCUM: "s", "By", "{request}", "1"; at most 63 characters
  /// Label sets that are kept apart, 1 to 100,000. Further ones are counted together in the series
  /// `otel_metric_overflow="true"`.
  std::size_t max_series = 2000;

  [[nodiscard]] Problems validate() const;
};

struct HistogramOptions {
  std::string name;
  std::string description = "";
  std::string unit = "s";
  /// Upper, inclusive bounds of the explicit buckets: rising, not negative, at most 64. The default
  /// is OpenTelemetry's for HTTP durations in seconds.
  std::vector<double> bounds = {.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10};
  /// Eight buckets an octave are kept from 2^lowest to 2^highest, both -64 to 64: by default from
  /// 1 µs to 68 minutes in seconds. What is less counts as zero, what is more in the last bucket
  /// and in `telemetry.metric.clamped`.
  int lowest_exponent = -20;
  int highest_exponent = 12;
  std::size_t max_series = 2000;

  [[nodiscard]] Problems validate() const;
};

/// Options for sizes in bytes: exponential buckets from 1 byte to 16 GiB, explicit ones from 256
/// bytes to 16 MiB, four times larger each.
[[nodiscard]] HistogramOptions byte_sizes(std::string name, std::string description = "");

/// Label names: letters, digits, `.` and `_`, no digit first, at most 255, all different. `le` and
/// `otel_metric_overflow` are taken.
[[nodiscard]] Problems validate_label_names(std::span<const std::string_view> names);

}  // namespace lift
