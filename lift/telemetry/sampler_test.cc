#include "lift/telemetry/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lift/telemetry/probability.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart = Instant(1000s);

std::shared_ptr<Sampler> sampler(const SamplerOptions& options) {
  return Sampler::make(options).value();
}

SamplerOptions keeping(double ratio, std::uint32_t reservoir = 0) {
  SamplerOptions options;
  options.rate = {.ratio = ratio, .reservoir = reservoir};
  return options;
}

TEST(Sampler, KeepsAllByDefaultAndSaysSo) {
  const auto all = sampler({});
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    const Decision d = all->decide(0, new_trace_id(i, random), kStart);
    ASSERT_TRUE(d.sampled);
    ASSERT_EQ(d.probability, 1);
    ASSERT_EQ(d.threshold, 0);
  }
}

// The original stores a rate and never reads it.
TEST(Regression, L_O1_the_ratio_decides) {
  constexpr int kIds = 100'000;
  for (const double ratio : {0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 1.0}) {
    const auto some = sampler(keeping(ratio));
    SeededRandom random(42);
    int kept = 0;
    for (int i = 0; i < kIds; ++i) {
      const Decision d = some->decide(0, new_trace_id(i, random), kStart);
      kept += d.sampled ? 1 : 0;
      ASSERT_NEAR(d.probability, ratio, 1e-15);
    }
    const double deviation = std::sqrt(kIds * ratio * (1 - ratio));
    EXPECT_LE(std::abs(kept - kIds * ratio), 4 * deviation) << ratio;
  }
}

TEST(Sampler, WhatASmallerRatioKeepsALargerOneKeepsToo) {
  const std::vector<double> ratios{0.001, 0.01, 0.1, 0.3, 0.30001, 0.9};
  std::vector<std::shared_ptr<Sampler>> samplers;
  for (const double ratio : ratios) samplers.push_back(sampler(keeping(ratio)));
  SeededRandom random(7);
  for (int i = 0; i < 100'000; ++i) {
    const TraceId id = new_trace_id(i, random);
    bool before = false;
    for (const auto& s : samplers) {
      const bool now = s->decide(0, id, kStart).sampled;
      ASSERT_TRUE(now || !before);
      before = now;
    }
  }
}

TEST(Sampler, TheReservoirGivesItsShareOfEverySecondAndNotMore) {
  const auto s = sampler(keeping(0, 3));
  SeededRandom random(1);
  std::string seen;
  for (const Duration at : {0ms, 1ms, 2ms, 3ms, 999ms, 1000ms, 1001ms, 1002ms, 1999ms, 5000ms}) {
    const Decision d = s->decide(0, new_trace_id(1, random), kStart + at);
    seen += d.sampled ? 'y' : 'n';
    EXPECT_EQ(d.threshold.has_value(), !d.sampled);
    EXPECT_EQ(d.probability, d.sampled ? 1 : 0);
  }
  EXPECT_EQ(seen, "yyynnyyyny");
  EXPECT_FALSE(s->decide(0, new_trace_id(1, random), kStart + 4s).sampled)
      << "a second that is over";
}

TEST(Sampler, MatchesWithTheNaiveModelOnRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    const auto limit = static_cast<std::uint32_t>(random.below(5));
    const double ratio = random.uniform();
    const auto s = sampler(keeping(ratio, limit));
    Instant now = kStart;
    std::int64_t second = -1;
    std::uint32_t taken = 0;
    for (int i = 0; i < 40; ++i) {
      now += Duration(random.below(400'000'000));
      const auto this_second = now.time_since_epoch() / 1s;
      if (this_second != second) taken = 0;
      second = this_second;
      const TraceId id = new_trace_id(i, random);
      const bool reserved = taken < limit;
      taken += reserved ? 1 : 0;
      const bool expected = reserved || randomness_of(id, "") >= threshold_of(ratio);
      ASSERT_EQ(s->decide(0, id, now).sampled, expected) << seed << ' ' << i;
    }
  }
}

TEST(Sampler, TheFirstRuleThatMatchesCounts) {
  SamplerOptions options = keeping(0.5);
  options.rules = {
      {.operation = "/health*", .method = "*", .rate = {.ratio = 0}},
      {.operation = "/orders/{id}", .method = "GET", .rate = {.ratio = 0.25}},
      {.operation = "/orders*", .method = "P*", .rate = {.ratio = 1}},
      {.operation = "/v?/*/refund", .method = "*", .rate = {.ratio = 1}},
      {.operation = "*a*b*c", .method = "?ET", .rate = {.ratio = 1}},
  };
  const auto s = sampler(options);
  struct Case {
    std::string_view method;
    std::string_view operation;
    std::size_t rule;
  };
  const Case cases[] = {
      {"GET", "/health", 0},
      {"POST", "/health/ready", 0},
      {"GET", "/orders/{id}", 1},
      {"POST", "/orders/{id}", 2},
      {"PUT", "/orders", 2},
      {"GET", "/orders", 5},
      {"DELETE", "/orders", 5},
      {"GET", "/v1/pay/refund", 3},
      {"GET", "/v12/pay/refund", 5},
      {"GET", "/v1/refund", 5},
      {"GET", "xaxbxc", 4},
      {"GET", "abcabc", 4},
      {"GET", "abcab", 5},
      {"BET", "abc", 4},
      {"get", "/orders/{id}", 5},
      {"GET", "unmatched", 5},
      {"GET", "", 5},
  };
  for (const Case& c : cases)
    EXPECT_EQ(s->rule_for(c.method, c.operation), c.rule) << c.method << ' ' << c.operation;
  SeededRandom random(3);
  EXPECT_FALSE(s->decide(0, new_trace_id(1, random), kStart).sampled);
  EXPECT_EQ(s->decide(1, new_trace_id(1, random), kStart).probability, 0.25);
  EXPECT_EQ(s->decide(5, new_trace_id(1, random), kStart).probability, 0.5);
}

TEST(Sampler, APatternThatHoldsManyStarsTakesNoLongerThanItsLengthTimesTheText) {
  SamplerOptions options;
  std::string stars;
  for (int i = 0; i < 128; ++i) stars += "*a";
  options.rules = {{.operation = stars, .method = "*", .rate = {}}};
  const auto s = sampler(options);
  std::string text;
  text.append(20'000, 'a');
  EXPECT_EQ(s->rule_for("GET", text + "b"), 1);
  EXPECT_EQ(s->rule_for("GET", text), 0);
}

TEST(Sampler, FollowsACallerThatHasDecided) {
  const auto none = sampler(keeping(0));
  const auto all = sampler(keeping(1));
  const TraceId id = *parse_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(none->decide(0, id, kStart, Sampled::yes).sampled);
  EXPECT_FALSE(all->decide(0, id, kStart, Sampled::no).sampled);
  EXPECT_TRUE(all->decide(0, id, kStart, Sampled::undecided).sampled);
  EXPECT_FALSE(none->decide(0, id, kStart, Sampled::undecided).sampled);
  const Decision stated = none->decide(0, id, kStart, Sampled::yes, "ot=th:c");
  EXPECT_TRUE(stated.sampled);
  EXPECT_EQ(stated.probability, 0.25);
  EXPECT_EQ(stated.threshold, std::nullopt);
  EXPECT_FALSE(all->restarts());
}

TEST(Sampler, AGateThatRestartsFollowsNobody) {
  SamplerOptions options = keeping(0.5);
  options.parent = ParentPolicy::restart;
  const auto gate = sampler(options);
  EXPECT_TRUE(gate->restarts());
  const TraceId low = *parse_trace_id("4bf92f3577b34da6a30000000000000f");
  EXPECT_FALSE(gate->decide(0, low, kStart, Sampled::yes).sampled);
  EXPECT_FALSE(gate->decide(0, low, kStart, Sampled::yes, "ot=rv:ffffffffffffff").sampled);
  const TraceId high = *parse_trace_id("4bf92f3577b34da6a3ff00000000000f");
  EXPECT_TRUE(gate->decide(0, high, kStart, Sampled::no).sampled);
}

TEST(Sampler, BrokenOptionsAreAllNamed) {
  SamplerOptions options;
  options.rate = {.ratio = std::numeric_limits<double>::quiet_NaN(), .reservoir = 1'000'001};
  options.rules = {
      {.operation = "", .method = std::string().append(257, 'x'), .rate = {.ratio = -1}},
      {.operation = "*", .method = "", .rate = {.ratio = 1.5}}};
  options.parent = static_cast<ParentPolicy>(7);
  std::vector<std::string> fields;
  const Problems problems = options.validate();
  for (const Problem& p : problems.list()) fields.push_back(p.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"rate.ratio", "rate.reservoir", "rules[0].operation",
                                              "rules[0].method", "rules[0].rate.ratio",
                                              "rules[1].method", "rules[1].rate.ratio", "parent"}));
  EXPECT_EQ(Sampler::make(options).error().code, "bad_configuration");
  SamplerOptions many;
  many.rules.resize(101);
  EXPECT_FALSE(many.validate().empty());
  many.rules.resize(100);
  EXPECT_TRUE(many.validate().empty());
}

TEST(Sampler, DecidesWithoutAllocating) {
  const auto s = sampler(keeping(0.5, 10));
  SeededRandom random(3);
  const AllocationCounter counter;
  for (int i = 0; i < 1000; ++i)
    (void)s->decide(0, new_trace_id(i, random), kStart + i * 10ms, Sampled::undecided, "ot=rv:0");
  EXPECT_EQ(counter.count(), 0);
}

TEST(TailKeep, TheFirstReasonCounts) {
  struct Case {
    bool head;
    bool failed;
    Duration duration;
    Duration slow;
    bool armed;
    Kept kept;
  };
  const Case cases[] = {
      {false, false, 1s, kNeverSlow, false, Kept::no},
      {true, true, 2s, 1s, true, Kept::head},
      {false, true, 2s, 1s, true, Kept::error},
      {false, false, 2s, 1s, true, Kept::slow},
      {false, false, 1s, 1s, true, Kept::armed},
      {false, false, 1s, 1s, false, Kept::no},
      {false, false, kNeverSlow, kNeverSlow, false, Kept::no},
  };
  for (const Case& c : cases)
    EXPECT_EQ(tail_keep(c.head, c.failed, c.duration, c.slow, c.armed), c.kept);
}

}  // namespace
}  // namespace lift
