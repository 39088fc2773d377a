#include "lift/health/check_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lift {
namespace {

using namespace std::chrono_literals;
using enum HealthStatus;

constexpr Instant kStart{1000s};

class CheckStateTest : public testing::Test {
 protected:
  /// Results one interval apart: p, w or f. The statuses that were seen, as such letters, u for
  /// unknown.
  std::string after(CheckState& state, std::string_view results) {
    std::string seen;
    for (const char result : results) {
      now_ = std::max(now_, state.due());
      state.begin();
      state.record(now_, result == 'p' ? pass : result == 'w' ? warn : fail, random_);
      seen += letter(state.status(now_));
    }
    return seen;
  }
  static char letter(HealthStatus status) { return to_string(status)[0]; }

  CheckOptions options_{.name = "db", .gates = HealthGate::ready};
  Instant now_ = kStart;
  SeededRandom random_{7};
};

TEST_F(CheckStateTest, FollowsItsTable) {
  const struct {
    std::string_view results, seen;
    unsigned fall, rise;
    std::string_view why;
  } cases[] = {
      {"pppp", "pppp", 3, 2, "good stays good"},
      {"f", "f", 3, 2, "the first result counts at once"},
      {"pff", "ppp", 3, 2, "fewer than fall say nothing"},
      {"pfff", "pppf", 3, 2, "fall in a row"},
      {"pffpff", "pppppp", 3, 2, "not in a row"},
      {"pfffp", "pppff", 3, 2, "fewer than rise say nothing"},
      {"pfffpp", "pppffp", 3, 2, "rise in a row"},
      {"pfffpfpp", "pppffffp", 3, 2, "rise begins anew"},
      {"pf", "pf", 1, 1, "no hysteresis"},
      {"fp", "fp", 3, 2, "the first success counts at once"},
      {"wwp", "wwp", 3, 2, "a warning is good, and told"},
      {"pwfffwp", "pwwwffp", 3, 2, "warnings raise too"},
      {"pfpfpfpf", "ppppppww", 3, 2, "six changes are flapping"},
      {"pfpfpfppppppp", "ppppppwwwwwpp", 3, 2, "until six in a row are alike"},
      {"pfpfpfpffffff", "ppppppwwwwwwf", 3, 2, "also if they are bad"},
  };
  for (const auto& one : cases) {
    options_.fall = one.fall;
    options_.rise = one.rise;
    CheckState state(options_, now_, now_);
    EXPECT_EQ(after(state, one.results), one.seen) << one.why << ": " << one.results;
  }
}

TEST_F(CheckStateTest, IsUnknownUntilTheFirstResultAndWhileStarting) {
  CheckState state(options_, now_, now_ + 30s);
  EXPECT_EQ(state.status(now_), unknown);
  EXPECT_FALSE(state.lets_through());
  EXPECT_EQ(after(state, "fff"), "uuu") << "in its grace period";
  EXPECT_LE(state.due() - now_, 1100ms) << "tried often meanwhile";
  while (now_ < kStart + 28s) after(state, "f");
  EXPECT_EQ(state.next_change(now_), kStart + 30s);
  EXPECT_EQ(state.status(kStart + 30s - 1ns), unknown);
  EXPECT_EQ(state.status(kStart + 30s), fail) << "a cap, by time alone";
  EXPECT_EQ(after(state, "p"), "p");
  EXPECT_TRUE(state.lets_through()) << "as soon as it is good";
}

TEST_F(CheckStateTest, AGateOfTheStartIsOpenForGood) {
  options_.gates = HealthGate::startup;
  CheckState state(options_, now_, now_);
  after(state, "f");
  EXPECT_FALSE(state.lets_through());
  after(state, "pffff");
  EXPECT_EQ(state.status(now_), fail);
  EXPECT_TRUE(state.lets_through());
}

TEST_F(CheckStateTest, AGateOfReadinessFollowsTheStatus) {
  CheckState state(options_, now_, now_);
  after(state, "pfff");
  EXPECT_FALSE(state.lets_through());
  after(state, "pp");
  EXPECT_TRUE(state.lets_through());
  EXPECT_EQ(state.status(now_ + 24h), unknown);
  CheckOptions none = options_;
  none.gates = HealthGate::none;
  EXPECT_TRUE(CheckState(none, now_, now_).lets_through());
}

TEST_F(CheckStateTest, DwellKeepsAChangeFromBeingTakenBackTooSoon) {
  options_.fall = options_.rise = 1;
  options_.open_after = 100;
  options_.dwell = 100s;  // three intervals and a bit
  CheckState state(options_, now_, now_);
  EXPECT_EQ(after(state, "pfffff"), "ppppff");
}

TEST_F(CheckStateTest, ResultsThatAreTooOldSayNothing) {
  CheckState state(options_, now_, now_);
  after(state, "p");
  const Instant stale = state.next_change(now_);
  EXPECT_GE(stale - now_, 3 * 27s);
  EXPECT_LE(stale - now_, 3 * 33s + 5s);
  EXPECT_EQ(state.status(stale - 1ns), pass);
  EXPECT_EQ(state.status(stale), unknown);
  EXPECT_EQ(after(state, "p"), "p");
  after(state, "fff");
  EXPECT_EQ(state.status(now_ + 24h), fail) << "and do not make good what was bad";
  EXPECT_FALSE(state.lets_through());
}

TEST_F(CheckStateTest, AGateThatIsClosedStaysSoWhileItsCheckFlaps) {
  CheckState state(options_, now_, now_);
  EXPECT_EQ(after(state, "pfffpfpfp"), "pppfffffw");
  EXPECT_FALSE(state.lets_through());
}

TEST_F(CheckStateTest, NoCircuitOpensBeforeTheCheckIsBad) {
  options_.fall = 10;
  CheckState state(options_, now_, now_);
  after(state, "pfffffffff");
  EXPECT_EQ(state.circuit(), CheckState::Circuit::closed);
  EXPECT_LE(state.due() - now_, 33s);
  EXPECT_EQ(after(state, "f"), "f");
  EXPECT_EQ(state.circuit(), CheckState::Circuit::open);
}

TEST_F(CheckStateTest, AnOpenCircuitIsTriedRarelyAndByOneRun) {
  options_.recovery_time = 60s;
  options_.max_recovery_time = 200s;
  CheckState state(options_, now_, now_);
  EXPECT_EQ(state.circuit(), CheckState::Circuit::closed);
  after(state, "fff");
  EXPECT_EQ(state.circuit(), CheckState::Circuit::open);
  for (const Duration wait : {60s, 120s, 200s, 200s}) {
    EXPECT_GE(state.due() - now_, wait * 3 / 4);
    EXPECT_LE(state.due() - now_, wait * 5 / 4);
    state.begin();
    EXPECT_EQ(state.circuit(), CheckState::Circuit::half_open);
    now_ = state.due();
    state.record(now_, fail, random_);
    EXPECT_EQ(state.status(now_), fail);
  }
  after(state, "p");
  EXPECT_EQ(state.circuit(), CheckState::Circuit::closed) << "one success closes it";
  EXPECT_LE(state.due() - now_, 33s);
  EXPECT_EQ(after(state, "p"), "p") << "and it recovers";
}

TEST_F(CheckStateTest, FailuresWhileStartingDoNotMakeRecoverySlow) {
  CheckState state(options_, now_, now_ + 30s);
  while (now_ < kStart + 30s) after(state, "f");
  EXPECT_LE(state.due() - now_, 60s * 5 / 4);
}

TEST_F(CheckStateTest, ARunThatCouldNotBeginChangesNothing) {
  CheckState state(options_, now_, now_);
  after(state, "p");
  now_ = state.due();
  state.skip(now_, random_);
  EXPECT_EQ(state.status(now_), pass);
  EXPECT_EQ(state.history_size(), 1U);
  EXPECT_GT(state.due(), now_);
}

TEST_F(CheckStateTest, KeepsTheLastResultsOldestFirst) {
  CheckState state(options_, now_, now_);
  after(state, std::string(CheckState::kHistory, 'p') + "wf");
  ASSERT_EQ(state.history_size(), CheckState::kHistory);
  EXPECT_EQ(state.history(0), pass);
  EXPECT_EQ(state.history(CheckState::kHistory - 2), warn);
  EXPECT_EQ(state.history(CheckState::kHistory - 1), fail);
}

/// The same rules over whole histories, written as plainly as can be.
struct Model {
  explicit Model(const CheckOptions& its_options) : options(its_options) {}
  void record(Instant now, bool good) {
    const bool changed = !all.empty() && all.back() != good;
    const bool first = all.empty() || (good && std::ranges::find(all, true) == all.end());
    all.push_back(good);
    if (flapping && alike() >= 2 * std::max(options.fall, options.rise)) {
      flapping = false;
    } else if (!flapping && changed && changes() >= CheckState::kFlapping) {
      flapping = true;
    }
    const unsigned against = good == state && all.size() > 1 ? 0 : opposed(good);
    if (against == 0) return;
    const bool enough = against >= (good ? options.rise : options.fall);
    if (!first && (!enough || flapping || now - since < options.dwell)) return;
    state = good;
    since = now;
    settled = all.size();
  }
  [[nodiscard]] unsigned alike() const {
    unsigned count = 0;
    for (auto it = all.rbegin(); it != all.rend() && *it == all.back(); ++it) ++count;
    return count;
  }
  /// Results like the last one, in a row, that came after the last change.
  [[nodiscard]] unsigned opposed(bool) const {
    return std::min<unsigned>(alike(), static_cast<unsigned>(all.size() - settled));
  }
  [[nodiscard]] unsigned changes() const {
    const std::size_t from = all.size() - std::min(all.size(), CheckState::kHistory);
    unsigned count = 0;
    for (std::size_t i = from + 1; i < all.size(); ++i) count += all[i] != all[i - 1] ? 1 : 0;
    return count;
  }
  CheckOptions options;
  std::vector<bool> all;
  std::size_t settled = 0;
  bool state = false, flapping = false;
  Instant since{};
};

TEST_F(CheckStateTest, AgreesWithAPlainModelOverRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SeededRandom chance(seed);
    options_.fall = 1 + static_cast<unsigned>(chance.below(5));
    options_.rise = 1 + static_cast<unsigned>(chance.below(5));
    options_.dwell = std::chrono::seconds(chance.below(3) * 60);
    options_.open_after = 1 + static_cast<unsigned>(chance.below(6));
    CheckState state(options_, now_, now_);
    Model model(options_);
    const std::uint64_t inertia = 1 + chance.below(6);
    bool good = true;
    for (int step = 0; step < 60; ++step) {
      if (chance.below(inertia) == 0) good = !good;
      now_ = state.due();
      state.record(now_, good ? pass : fail, random_);
      model.record(now_, good);
      const HealthStatus expected = model.flapping ? warn : model.state ? pass : fail;
      ASSERT_EQ(state.status(now_), expected) << "seed " << seed << ", step " << step;
      ASSERT_EQ(state.flapping(), model.flapping);
      ASSERT_EQ(state.circuit() == CheckState::Circuit::open,
                !good && model.alike() >= std::max(options_.open_after, options_.fall));
      ASSERT_GT(state.due(), now_);
    }
  }
}

TEST(CheckOptions, BadOnesAreNamedAllAtOnce) {
  const CheckOptions bad{.name = "no blanks",
                         .type = "",
                         .interval = 0ms,
                         .timeout = -1ms,
                         .fall = 0,
                         .rise = 101,
                         .dwell = -1s,
                         .open_after = 0,
                         .recovery_time = 1ms,
                         .max_recovery_time = 0ms};
  std::vector<std::string> fields;
  for (const Problem& problem : bad.validate().list()) fields.push_back(problem.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"name", "type", "interval", "timeout", "fall", "rise",
                                              "dwell", "open_after", "recovery_time",
                                              "max_recovery_time"}));
  EXPECT_TRUE(CheckOptions{.name = "a.B-c_1:x"}.validate().empty());
  EXPECT_FALSE(CheckOptions{.name = std::string(65, 'x')}.validate().empty());
}

TEST(HealthStatus, TheWorseOfTwoCounts) {
  EXPECT_EQ(worse(pass, warn), warn);
  EXPECT_EQ(worse(unknown, warn), unknown);
  EXPECT_EQ(worse(unknown, fail), fail);
  EXPECT_EQ(original_word(warn), "degraded");
  EXPECT_EQ(original_word(fail), "unhealthy");
}

}  // namespace
}  // namespace lift
