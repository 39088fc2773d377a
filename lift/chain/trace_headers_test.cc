#include "lift/chain/trace_headers.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "lift/telemetry/propagation.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TraceContext sample() {
  TraceContext trace = *parse_traceparent(kParent);
  trace.state = "ot=th:8,vendor=x";
  return trace;
}

std::string all(const Headers& headers) {
  std::string text;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    text.append(headers[i].name).append(": ").append(headers[i].value).append("\n");
  }
  return text;
}

TEST(TraceHeaders, CarryATraceOn) {
  Headers headers;
  inject(sample(), headers);
  EXPECT_EQ(all(headers),
            "traceparent: " + std::string(kParent) + "\ntracestate: ot=th:8,vendor=x\n");
}

TEST(TraceHeaders, XRaysStandsBesideThemIfAskedFor) {
  Headers headers;
  TraceContext trace = sample();
  trace.state = "";
  trace.sampled = false;
  inject(trace, headers, XrayHeader::write);
  EXPECT_EQ(all(headers),
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\n"
            "x-amzn-trace-id: "
            "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=0\n");
}

TEST(TraceHeaders, ReplaceThoseOfACaller) {
  Headers headers;
  headers.add("TraceParent", "a caller's");
  headers.add("tracestate", "one=1");
  headers.add("Tracestate", "two=2");
  headers.add("X-Amzn-Trace-Id", "Root=1");
  headers.add("accept", "*/*");
  Headers without = headers;
  inject(sample(), headers);
  EXPECT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers.value("traceparent"), kParent);
  inject(TraceContext{}, without);
  EXPECT_EQ(all(without), "accept: */*\n");
}

TEST(TraceHeaders, AreReadBackAsTheyWereWritten) {
  Headers headers;
  inject(sample(), headers, XrayHeader::write);
  Arena arena;
  const std::array states{headers.value("tracestate")};
  TraceHeaders read;
  read.traceparent = headers.value("traceparent");
  read.traceparent_count = 1;
  read.tracestate = states;
  const Extracted w3c = extract(read, arena);
  EXPECT_EQ(w3c.context.trace, sample().trace);
  EXPECT_EQ(w3c.context.span, sample().span);
  EXPECT_EQ(w3c.context.state, sample().state);
  EXPECT_EQ(w3c.sampled, Sampled::yes);
  TraceHeaders other;
  other.xray = headers.value("x-amzn-trace-id");
  const Extracted xray = extract(other, arena);
  EXPECT_EQ(xray.context.trace, sample().trace);
  EXPECT_EQ(xray.sampled, Sampled::yes);
}

TEST(TraceHeaders, AreWrittenWithoutAllocation) {
  if (!AllocationCounter::available()) GTEST_SKIP() << "the sanitizer owns operator new";
  Headers headers;
  const TraceContext trace = sample();
  const AllocationCounter counter;
  inject(trace, headers, XrayHeader::write);
  EXPECT_EQ(counter.count(), 0);
}

}  // namespace
}  // namespace lift
