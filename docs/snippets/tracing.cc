// What docs/tracing.md shows: a request's place in its trace, and whether it is kept.
#include <cstdlib>

#include "lift/telemetry/probability.h"
#include "lift/telemetry/propagation.h"
#include "lift/telemetry/sampler.h"

namespace {

// [snippet]
lift::SamplerOptions sampling() {
  lift::SamplerOptions options;
  options.rate = {.ratio = 0.05, .reservoir = 1};  // one a second, and one in twenty of the others
  options.rules = {
      {.operation = "/health*", .method = "*", .rate = {.ratio = 0}},
      {.operation = "/payments*", .method = "POST", .rate = {.ratio = 1}},
  };
  return options;
}

lift::TraceContext place_of(const lift::TraceHeaders& headers, lift::Sampler& sampler,
                            std::size_t rule, lift::Instant now, std::int64_t epoch_seconds,
                            lift::Random& random, lift::Arena& arena) {
  const lift::Extracted in = lift::extract(headers, arena);
  const bool begins = in.source == lift::TraceSource::none || sampler.restarts();
  lift::TraceContext trace = begins ? lift::begin_trace(epoch_seconds, random) : in.context;
  const lift::Decision head = sampler.decide(rule, trace.trace, now, in.sampled, trace.state);
  trace.sampled = head.sampled;
  if (head.sampled && head.threshold)
    trace.state = lift::with_threshold(trace.state, *head.threshold, arena);
  return trace;
}
// [/snippet]

}  // namespace

int main() {
  const auto sampler = lift::Sampler::make(sampling()).value();
  lift::SeededRandom random(1);
  lift::Arena arena;
  const lift::Instant now(std::chrono::seconds(100));
  const auto place = [&](std::string_view traceparent, std::string_view method,
                         std::string_view operation) {
    return place_of({.traceparent = traceparent,
                     .traceparent_count = traceparent.empty() ? 0U : 1U,
                     .tracestate = {},
                     .xray = {}},
                    *sampler, sampler->rule_for(method, operation), now, 1'700'000'000, random,
                    arena);
  };
  const lift::TraceContext begun = place("", "POST", "/payments");
  const lift::TraceContext continued =
      place("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "GET", "/health");
  const bool good = begun.sampled && begun.random && begun.state == "ot=th:0" &&
                    !place("", "GET", "/health/ready").sampled && continued.sampled &&
                    continued.trace == lift::parse_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
