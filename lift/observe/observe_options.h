#pragma once
// What the `observe` layer records of a request.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/telemetry/sampler.h"
#include "lift/telemetry/trail.h"

namespace lift {

class Context;

/// Says something of a request. Called at its end, on the hot path; what is returned must live as
/// long as the request: it lies in the request, the arena or a literal. One that throws, or an
/// operation that is empty, counts as not given.
using Extractor = std::function<std::string_view(Context&)>;

/// Bodies on log lines: redacted by the names of their members, then cut.
struct BodyLogOptions {
  bool request = false;
  bool response = false;
  /// Bytes that are shown, 1 to 16,384; what is cut ends in `...[truncated]`.
  std::size_t max_bytes = 1024;
  /// Media types whose bodies are shown, without parameters. Only JSON and forms can be redacted,
  /// so nothing else may stand here: `application/json`, `application/*+json` for every type that
  /// ends so, `application/x-www-form-urlencoded`.
  std::vector<std::string> content_types{"application/json", "application/*+json",
                                         "application/x-www-form-urlencoded"};
};

struct ObserveOptions {
  /// The canonical line, of the module `request`. What handlers log is written in any case.
  bool logs = true;
  bool metrics = true;  ///< without them nothing counts as slow
  bool traces = true;

  /// In place of the route's template, the tenant and the user that the context knows.
  Extractor operation;
  Extractor tenant;
  Extractor user;

  /// Which traces the head keeps, and what becomes of those that callers began.
  SamplerOptions sampling;
  /// Traces that the head did not keep are kept after all if the request failed, or was slower than
  /// the 99th percentile of its route and method of late.
  bool keep_failed = true;
  bool keep_slow = true;
  /// The share of requests that went well whose line is written, 0 to 1. Lines of WARN and ERROR,
  /// and those of kept traces, are not sampled. Metrics count everything.
  double log_ratio = 1;
  BodyLogOptions bodies;
  /// Keeps lines below their level for requests that fail, are slow or are of an armed tenant.
  bool hold_debug = true;
  /// What one request may add: at most 10,000 of each, and 1 MiB.
  TrailLimits limits;
  /// Tenants that have metrics of their own: those with the most requests; the rest is `other`.
  /// 0 to 1,000. Places change hands each minute, 64 times as often as there are places in all.
  std::size_t top_tenants = 50;
  /// Names that `operation` may return and have metrics of their own, 1 to 10,000; the rest is
  /// `other`.
  std::size_t max_operations = 500;

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
