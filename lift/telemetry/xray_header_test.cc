#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "lift/base/random.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

constexpr std::string_view kTrace = "5759e988bd862e3fe1be46a994272793";
constexpr std::string_view kSpan = "53995c3f42cd8ad8";

TEST(XrayHeader, ReadsWhatLoadBalancersAndTheSdksSend) {
  struct Case {
    std::string_view text;
    bool parent;
    Sampled sampled;
  };
  const Case cases[] = {
      {"Root=1-5759e988-bd862e3fe1be46a994272793", false, Sampled::undecided},
      {"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", false, Sampled::yes},
      {"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", true,
       Sampled::yes},
      {"Root=1-5759e988-bd862e3fe1be46a994272793; Parent=53995c3f42cd8ad8; Sampled=0", true,
       Sampled::no},
      {"Sampled=?;Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793", true,
       Sampled::undecided},
      {" root = 1-5759e988-bd862e3fe1be46a994272793 ;\tparent = 53995c3f42cd8ad8 ; sampled = 1 ",
       true, Sampled::yes},
      // The Self that AWS shows in its own pages has 23 digits.
      {"Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793", false,
       Sampled::undecided},
      {"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
       "Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2;CalledFrom=app",
       true, Sampled::yes},
      {";;Root=1-5759e988-bd862e3fe1be46a994272793;;", false, Sampled::undecided},
      {"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=;Sampled=", false, Sampled::undecided},
      {"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000;Sampled=true", false,
       Sampled::undecided},
      {"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad", false,
       Sampled::undecided},
      {"Root=1-5759E988-BD862E3FE1BE46A994272793;Self=a;Self=b", false, Sampled::undecided},
  };
  for (const Case& c : cases) {
    const auto read = parse_xray(c.text);
    ASSERT_TRUE(read) << c.text;
    EXPECT_EQ(read->trace, parse_trace_id(kTrace)) << c.text;
    EXPECT_EQ(read->parent, c.parent ? *parse_span_id(kSpan) : SpanId{}) << c.text;
    EXPECT_EQ(read->sampled, c.sampled) << c.text;
  }
}

TEST(XrayHeader, WithoutOneValidRootThereIsNoTrace) {
  for (const std::string_view text :
       {"", ";", "Root", "Root=", "Parent=53995c3f42cd8ad8;Sampled=1",
        "Self=1-5759e988-bd862e3fe1be46a994272793", "Root=2-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-5759e988-bd862e3fe1be46a9942727933",
        "Root=1-00000000-000000000000000000000000", "Root=1-5759e988bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;sampled=0",
        "Root=1-5759e988-bd862e3fe1be46a994272793,Sampled=1"}) {
    EXPECT_FALSE(parse_xray(text)) << text;
  }
}

TEST(XrayHeader, WritesWhatIsKnownAndReadsItBack) {
  std::array<char, kXraySize> out;
  const TraceId trace = *parse_trace_id(kTrace);
  const SpanId span = *parse_span_id(kSpan);
  EXPECT_EQ(write_xray(trace, span, Sampled::yes, out),
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
  EXPECT_EQ(write_xray(trace, span, Sampled::no, out),
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0");
  EXPECT_EQ(write_xray(trace, {}, Sampled::undecided, out),
            "Root=1-5759e988-bd862e3fe1be46a994272793");
  SeededRandom random(9);
  for (int i = 0; i < 300; ++i) {
    const TraceId sent = new_trace_id(i, random);
    const SpanId parent = i % 3 == 0 ? SpanId{} : new_span_id(random);
    const auto sampled = static_cast<Sampled>(i % 3);
    const auto read = parse_xray(write_xray(sent, parent, sampled, out));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->trace, sent);
    EXPECT_EQ(read->parent, parent);
    EXPECT_EQ(read->sampled, sampled);
  }
}

}  // namespace
}  // namespace lift
