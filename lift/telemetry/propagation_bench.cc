// What it costs to learn where a request stands, and to say so to the next.
#include "benchmarks/bench.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

bench::Work parsing() {
  return [](std::uint64_t times) {
    std::string_view text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (; times > 0; --times) {
      bench::keep(text);
      bench::keep(parse_traceparent(text));
    }
  };
}

bench::Work writing() {
  return [](std::uint64_t times) {
    SeededRandom random(1);
    const TraceId trace = new_trace_id(1'700'000'000, random);
    SpanId span = new_span_id(random);
    std::array<char, kTraceparentSize> out;
    for (; times > 0; --times) {
      bench::keep(span);
      write_traceparent(trace, span, true, true, out);
      bench::keep(out);
    }
  };
}

bench::Work xray() {
  return [](std::uint64_t times) {
    std::string_view text =
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    for (; times > 0; --times) {
      bench::keep(text);
      bench::keep(parse_xray(text));
    }
  };
}

bench::Work ids() {
  return [](std::uint64_t times) {
    SecureRandom random;
    for (; times > 0; --times) {
      bench::keep(new_trace_id(1'700'000'000, random));
      bench::keep(new_span_id(random));
    }
  };
}

const bench::Row kParse("traceparent.parse", bench::Budget(40), parsing);
const bench::Row kWrite("traceparent.write", bench::Budget(20), writing);
const bench::Row kXray("xray_header.parse", bench::Budget(100), xray);
const bench::Row kIds("trace.ids", bench::Budget(100), ids);

}  // namespace
}  // namespace lift
