// traceparent and who of several headers is believed. The cases of W3C's own suite
// (w3c/trace-context, test/test.py) stand here by what they send and expect.
#include "lift/telemetry/propagation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

constexpr std::string_view kTrace = "12345678901234567890123456789012";
constexpr std::string_view kSpan = "1234567890123456";

TEST(Traceparent, W3cSuiteAccepts) {
  struct Case {
    std::string_view text;
    bool sampled;
    bool random;
  };
  const Case cases[] = {
      {"00-12345678901234567890123456789012-1234567890123456-01", true, false},
      {"00-12345678901234567890123456789012-1234567890123456-00", false, false},
      {"00-12345678901234567890123456789012-1234567890123456-02", false, true},
      {"00-12345678901234567890123456789012-1234567890123456-03", true, true},
      {"00-12345678901234567890123456789012-1234567890123456-ff", true, true},
      {"00-12345678901234567890123456789012-1234567890123456-fc", false, false},
      {"00-12345678901234567890123456789012-1234567890123456-09", true, false},
      // test_traceparent_version_0xcc
      {"cc-12345678901234567890123456789012-1234567890123456-01", true, false},
      {"cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like", true,
       false},
      {"01-12345678901234567890123456789012-1234567890123456-01-", true, false},
      {"fe-12345678901234567890123456789012-1234567890123456-01", true, false},
      // test_traceparent_ows_handling
      {" 00-12345678901234567890123456789012-1234567890123456-01", true, false},
      {"\t00-12345678901234567890123456789012-1234567890123456-01", true, false},
      {"00-12345678901234567890123456789012-1234567890123456-01 ", true, false},
      {"00-12345678901234567890123456789012-1234567890123456-01\t", true, false},
      {"\t 00-12345678901234567890123456789012-1234567890123456-01 \t", true, false},
  };
  for (const Case& c : cases) {
    const auto read = parse_traceparent(c.text);
    ASSERT_TRUE(read) << c.text;
    EXPECT_EQ(read->trace, parse_trace_id(kTrace)) << c.text;
    EXPECT_EQ(read->span, parse_span_id(kSpan)) << c.text;
    EXPECT_EQ(read->sampled, c.sampled) << c.text;
    EXPECT_EQ(read->random, c.random) << c.text;
  }
}

TEST(Traceparent, W3cSuiteRefuses) {
  constexpr std::string_view kTwo =
      "00-12345678901234567890123456789012-1234567890123456-01,"
      "00-12345678901234567890123456789012-1234567890123456-01";
  const std::string_view cases[] = {
      "",
      // test_traceparent_version_0x00
      "00-12345678901234567890123456789012-1234567890123456-01.",
      "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
      "00-12345678901234567890123456789012-1234567890123456-01-",
      // test_traceparent_version_0xcc
      "cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like",
      // test_traceparent_version_0xff
      "ff-12345678901234567890123456789012-1234567890123456-01",
      // test_traceparent_version_illegal_characters, _too_long, _too_short
      ".0-12345678901234567890123456789012-1234567890123456-01",
      "0.-12345678901234567890123456789012-1234567890123456-01",
      "000-12345678901234567890123456789012-1234567890123456-01",
      "0000-12345678901234567890123456789012-1234567890123456-01",
      "0-12345678901234567890123456789012-1234567890123456-01",
      // test_traceparent_trace_id_all_zero, _illegal_characters, _too_long, _too_short
      "00-00000000000000000000000000000000-1234567890123456-01",
      "00-.2345678901234567890123456789012-1234567890123456-01",
      "00-1234567890123456789012345678901.-1234567890123456-01",
      "00-123456789012345678901234567890123-1234567890123456-01",
      "00-1234567890123456789012345678901-1234567890123456-01",
      // test_traceparent_parent_id_all_zero, _illegal_characters, _too_long, _too_short
      "00-12345678901234567890123456789012-0000000000000000-01",
      "00-12345678901234567890123456789012-.234567890123456-01",
      "00-12345678901234567890123456789012-123456789012345.-01",
      "00-12345678901234567890123456789012-12345678901234567-01",
      "00-12345678901234567890123456789012-123456789012345-01",
      // test_traceparent_trace_flags_illegal_characters, _too_long, _too_short
      "00-12345678901234567890123456789012-1234567890123456-.0",
      "00-12345678901234567890123456789012-1234567890123456-0.",
      "00-12345678901234567890123456789012-1234567890123456-001",
      "00-12345678901234567890123456789012-1234567890123456-1",
      // Beyond the suite.
      "00_12345678901234567890123456789012-1234567890123456-01",
      "00-12345678901234567890123456789012_1234567890123456-01",
      "00-12345678901234567890123456789012-1234567890123456_01",
      "00-12345678901234567890123456789012-1234567890123456-0A",
      "0A-12345678901234567890123456789012-1234567890123456-01",
      "00-12345678901234567890123456789012-1234567890123456-01\n",
      kTwo,
  };
  for (const std::string_view text : cases) EXPECT_FALSE(parse_traceparent(text)) << text;
}

// The original's successor splits at '-' and looks at the second part alone.
TEST(Traceparent, WhatTheSuccessorAcceptsAgainstTheSuite) {
  const std::string_view cases[] = {
      "ff-12345678901234567890123456789012-1234567890123456-01",
      ".0-12345678901234567890123456789012-1234567890123456-01",
      "000-12345678901234567890123456789012-1234567890123456-01",
      "0-12345678901234567890123456789012-1234567890123456-01",
      "-12345678901234567890123456789012--",
      "00-12345678901234567890123456789012-0000000000000000-01",
      "00-12345678901234567890123456789012-.234567890123456-01",
      "00-12345678901234567890123456789012-12345678901234567-01",
      "00-12345678901234567890123456789012-1234567890123456-001",
      "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
      "00-ABCDEF78901234567890123456789012-1234567890123456-01",
      "00- 12345678901234567890123456789012 -1234567890123456-01",
  };
  for (const std::string_view text : cases) EXPECT_FALSE(parse_traceparent(text)) << text;
}

TEST(Traceparent, WhatIsWrittenIsReadBackWithItsFlags) {
  SeededRandom random(5);
  for (int i = 0; i < 1000; ++i) {
    TraceContext sent = begin_trace(i, random);
    sent.span = new_span_id(random);
    sent.sampled = random.below(2) == 1;
    sent.random = random.below(2) == 1;
    std::array<char, kTraceparentSize> out;
    write_traceparent(sent.trace, sent.span, sent.sampled, sent.random, out);
    const auto read = parse_traceparent({out.data(), out.size()});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->trace, sent.trace);
    EXPECT_EQ(read->span, sent.span);
    EXPECT_EQ(read->sampled, sent.sampled);
    EXPECT_EQ(read->random, sent.random);
  }
  std::array<char, kTraceparentSize> out;
  write_traceparent(*parse_trace_id(kTrace), *parse_span_id(kSpan), true, true, out);
  EXPECT_EQ(std::string_view(out.data(), out.size()),
            "00-12345678901234567890123456789012-1234567890123456-03");
}

constexpr std::string_view kParent = "00-12345678901234567890123456789012-1234567890123456-01";
constexpr std::string_view kXray =
    "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=0";
constexpr std::string_view kXrayTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(Extract, PrefersW3cThenXrayThenNothing) {
  struct Case {
    std::string_view traceparent;
    std::size_t count;
    std::string_view xray;
    TraceSource source;
    Sampled sampled;
    bool malformed;
  };
  const Case cases[] = {
      {"", 0, "", TraceSource::none, Sampled::undecided, false},
      {kParent, 1, "", TraceSource::w3c, Sampled::yes, false},
      {kParent, 1, kXray, TraceSource::w3c, Sampled::yes, false},
      {kParent, 1, "nonsense", TraceSource::w3c, Sampled::yes, false},
      {"", 0, kXray, TraceSource::xray, Sampled::no, false},
      {"nonsense", 1, kXray, TraceSource::xray, Sampled::no, true},
      {"nonsense", 1, "", TraceSource::none, Sampled::undecided, true},
      {"", 1, "", TraceSource::none, Sampled::undecided, true},
      {"", 0, "nonsense", TraceSource::none, Sampled::undecided, true},
      {kParent, 2, "", TraceSource::none, Sampled::undecided, true},  // …_duplicated
      {kParent, 2, kXray, TraceSource::xray, Sampled::no, true},
  };
  for (const Case& c : cases) {
    Arena arena;
    const Extracted got = extract({.traceparent = c.traceparent,
                                   .traceparent_count = c.count,
                                   .tracestate = {},
                                   .xray = c.xray},
                                  arena);
    SCOPED_TRACE(std::string(c.traceparent) + " x" + std::to_string(c.count) + " " +
                 std::string(c.xray));
    EXPECT_EQ(got.source, c.source);
    EXPECT_EQ(got.sampled, c.sampled);
    EXPECT_EQ(got.context.sampled, c.sampled == Sampled::yes);
    EXPECT_EQ(got.malformed, c.malformed);
    EXPECT_EQ(got.context.valid(), c.source != TraceSource::none);
    if (c.source == TraceSource::w3c) {
      EXPECT_EQ(got.context.trace, parse_trace_id(kTrace));
    }
    if (c.source == TraceSource::xray) {
      EXPECT_EQ(got.context.trace, parse_trace_id(kXrayTrace));
    }
  }
}

TEST(Extract, StateBelongsToAValidTraceparentAndCannotBreakIt) {
  const std::vector<std::string_view> good{"foo=1,bar=2"};
  const std::vector<std::string_view> bad{"foo=1,bar"};
  Arena arena;
  TraceHeaders headers{
      .traceparent = kParent, .traceparent_count = 1, .tracestate = good, .xray = kXray};
  EXPECT_EQ(extract(headers, arena).context.state, "foo=1,bar=2");
  headers.tracestate = bad;
  const Extracted kept = extract(headers, arena);
  EXPECT_EQ(kept.source, TraceSource::w3c);
  EXPECT_EQ(kept.context.state, "");
  EXPECT_TRUE(kept.malformed);
  headers.tracestate = good;
  headers.traceparent = "nonsense";
  EXPECT_EQ(extract(headers, arena).context.state, "");
  headers.traceparent_count = 0;
  EXPECT_EQ(extract(headers, arena).context.state, "");
}

}  // namespace
}  // namespace lift
