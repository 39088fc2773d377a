#include "lift/resilience/circuit_breakers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lift {
namespace {

using namespace std::chrono_literals;

class CircuitBreakersTest : public testing::Test {
 protected:
  void make(BreakerScope scope, std::size_t max_keys = 100) {
    CircuitBreakerOptions options;
    options.jitter = false;
    breakers = std::make_unique<CircuitBreakers>(options, scope, max_keys, random);
  }
  bool call(std::string_view operation, std::string_view tenant, OutcomeKind kind) {
    CircuitBreakers::Operation& of = breakers->operation(operation);
    const auto admission = breakers->admit(of, tenant, now, random);
    if (!admission.held) return false;
    Outcome outcome;
    outcome.kind = kind;
    breakers->record(of, tenant, *admission.held, outcome, now, random);
    return true;
  }
  /// Opens whatever breaker judges these.
  void fail(std::string_view operation, std::string_view tenant) {
    for (int i = 0; i < 5; ++i) call(operation, tenant, OutcomeKind::failure);
  }
  bool well(std::string_view operation, std::string_view tenant) {
    return call(operation, tenant, OutcomeKind::success);
  }

  SeededRandom random{1};
  std::unique_ptr<CircuitBreakers> breakers;
  Instant now{1h};
};

TEST_F(CircuitBreakersTest, TellApartWhomTheirScopeTellsApart) {
  const struct {
    BreakerScope scope;
    bool other_tenant;
    bool other_operation;
    bool other_both;
  } cases[] = {{BreakerScope::everyone, false, false, false},
               {BreakerScope::operation, false, true, true},
               {BreakerScope::tenant, true, false, true},
               {BreakerScope::tenant_and_operation, true, true, true}};
  for (const auto& c : cases) {
    make(c.scope);
    fail("charge", "acme");
    EXPECT_FALSE(well("charge", "acme"));
    EXPECT_EQ(well("charge", "globex"), c.other_tenant);
    EXPECT_EQ(well("refund", "acme"), c.other_operation);
    EXPECT_EQ(well("refund", "globex"), c.other_both);
  }
}

TEST_F(CircuitBreakersTest, AMillionTenantsTakeNoMoreThanTheyMay) {
  make(BreakerScope::tenant_and_operation, 1'000);
  for (int i = 0; i < 1'000'000; ++i) {
    ASSERT_TRUE(well("charge", "tenant-" + std::to_string(i)));
  }
  EXPECT_LE(breakers->view(now).size(), 1'001U);
}

TEST_F(CircuitBreakersTest, TenantsWithoutRoomShareOneAndAreNeverWithoutAny) {
  make(BreakerScope::tenant_and_operation, 8);
  for (int i = 0; i < 8; ++i) fail("charge", "bad-" + std::to_string(i));
  EXPECT_TRUE(well("charge", "new"));
  EXPECT_GT(breakers->overflowed(), 0U);
  fail("charge", "newer");
  EXPECT_FALSE(well("charge", "newest")) << "it shares the one of `newer`";
  EXPECT_TRUE(well("refund", "newest")) << "of this operation alone";
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(well("charge", "bad-" + std::to_string(i)));
}

TEST_F(CircuitBreakersTest, TellsEveryChangeOnce) {
  make(BreakerScope::tenant);
  fail("charge", "acme");
  now += 5s;
  for (int i = 0; i < 3; ++i) well("charge", "acme");
  breakers->force("", "acme", BreakerMode::forced_open, "its bank is down", now, now + 1min);
  std::vector<std::string> told;
  while (const auto event = breakers->next_event()) {
    told.push_back(event->tenant + ": " + std::string(to_string(event->change.to)) + ", " +
                   std::string(to_string(event->change.cause)) + event->reason);
  }
  EXPECT_THAT(told, testing::ElementsAre("acme: open, consecutive_failures",
                                         "acme: half_open, open_time_over",
                                         "acme: closed, probes_succeeded",
                                         "acme: forced_open, by_handits bank is down"));
  EXPECT_FALSE(well("refund", "acme"));
  now += 1min;
  EXPECT_TRUE(well("refund", "acme"));
}

TEST_F(CircuitBreakersTest, CountsTheEventsThatFoundNoRoom) {
  make(BreakerScope::everyone);
  for (int i = 0; i < 300; ++i) {
    breakers->force("", "", BreakerMode::forced_open, "again", now);
  }
  EXPECT_EQ(breakers->lost_events(), 44U);
}

TEST_F(CircuitBreakersTest, AnUpdateKeepsWhatIsKnown) {
  make(BreakerScope::operation);
  fail("charge", "");
  for (int i = 0; i < 3; ++i) call("refund", "", OutcomeKind::failure);
  CircuitBreakerOptions options;
  options.consecutive_failures = 4;
  breakers->update(options);
  EXPECT_FALSE(well("charge", "")) << "still open";
  call("refund", "", OutcomeKind::failure);
  EXPECT_FALSE(well("refund", "")) << "the fourth";
  options.count_window = 50;
  options.minimum_calls = 4;
  breakers->update(options);
  for (const CircuitBreakers::View& one : breakers->view(now)) {
    EXPECT_EQ(one.counts.calls, 0U) << "a window of another kind";
    EXPECT_EQ(one.mode, BreakerMode::open);
  }
}

}  // namespace
}  // namespace lift
