// Shared limits over a real engine: what its conditions mean, and what instances admit together.
#include <gmock/gmock.h>

#include <array>
#include <functional>
#include <thread>

#include "lift/aws/dynamodb_limit_store.h"
#include "lift/base/clock.h"
#include "lift/ratelimit/limiter.h"
#include "lift/testing/sim_limit_store.h"
#include "lift/testing/sim_world.h"
#include "tests/support/dynalite.h"
#include "tests/support/scripted_server.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::Dynalite;
using test::TestDynamoDb;
using testing::HasSubstr;
using Kind = LimitWrite::Kind;

/// This process's, with keys for engines that take any.
AwsEnvironment keys() {
  AwsEnvironment environment = AwsEnvironment::process();
  environment.variable = [process = environment.variable](const std::string& name) {
    auto value = process(name);
    if (!value && name.starts_with("AWS_") && name.ends_with("KEY")) value = "local";
    if (!value && name == "AWS_ACCESS_KEY_ID") value = "local";
    if (!value && name == "AWS_REGION") value = "us-east-1";
    return value;
  };
  return environment;
}

/// Runs a function on a loop and returns when it has.
class OnLoop final : private Posted {
 public:
  OnLoop(Loop& loop, std::function<void()> work)
      : Posted([](Posted& posted) noexcept {
          auto& self = static_cast<OnLoop&>(posted);
          self.work_();
          self.done_.finish();
        }),
        work_(std::move(work)) {
    loop.post(*this);
    done_.wait();
  }

 private:
  std::function<void()> work_;
  detail::SyncCall done_;
};

/// One write, from outside of the store's loop.
Result<LimitWritten> write_through(LimitStore& store, const LimitWrite& write) {
  Result<LimitWritten> result = fail("none", "");
  detail::SyncCall done;
  auto run = [&]() -> Task<void> {
    Task<Result<LimitWritten>> writing = store.write(write);
    result = co_await writing;
    done.finish();
  };
  Task<void> task;
  const OnLoop begin(store.loop(), [&] { task = run(); });
  done.wait();
  // It ends where it runs: what told of its result may not have returned yet.
  const OnLoop end(store.loop(), [&] { task = {}; });
  return result;
}

class LimitStoreEngine : public testing::Test {
 protected:
  Result<std::shared_ptr<DynamoDbLimitStore>> open(const std::string& table) {
    return DynamoDbLimitStore::make({.table = table, .access = {.endpoint = engine_.url()}},
                                    keys());
  }
  std::shared_ptr<Limiter> limiter(const std::shared_ptr<LimitStore>& store, const Quota& quota,
                                   LimitSharing sharing = {}) {
    LimitOptions options = per_tenant(quota);
    options.sharing = std::move(sharing);
    options.sharing->store = store;
    options.sharing->timeout = 2s;
    return Limiter::make(options, clock_).value();
  }
  /// Asks from a loop of its own until `time` is over; how many were let in.
  std::uint64_t hammer(Limiter& limiter, Duration time) {
    LoopThread thread("hammer");
    EXPECT_TRUE(thread.start());
    LimitKey key;
    key.add(LimitKey::Part::tenant, "acme");
    std::uint64_t admitted = 0;
    for (const Instant end = clock_.now() + time; clock_.now() < end;) {
      std::optional<LimitDecision> decision = limiter.try_take(key);
      if (!decision) decision = thread.run_sync([&] { return limiter.take(key); }).value();
      if (decision->allowed) ++admitted;
    }
    return admitted;
  }

  Dynalite engine_;
  TestDynamoDb db_{engine_};
  SystemClock clock_;
};

TEST_F(LimitStoreEngine, DoesWhatTheSimulatedStoreDoes) {
  const auto store = open(db_.make_table()).value();
  SimWorld world;
  SimLimitStore model(world.loop());
  SeededRandom random(7);
  for (int i = 0; i < 300; ++i) {
    LimitWrite write{.kind = static_cast<Kind>(random.below(4)),
                     .key = "k" + std::to_string(random.below(3)),
                     .value = static_cast<std::int64_t>(random.below(20)),
                     .version = static_cast<std::int64_t>(1 + random.below(2)),
                     .above = static_cast<std::int64_t>(random.below(20)),
                     .at_most = static_cast<std::int64_t>(random.below(40)),
                     .expires_at = 1'900'000'000};
    if (write.kind == Kind::convert && random.below(2) == 0 && model.items.contains(write.key)) {
      write.above = model.items[write.key].t;
      write.at_most = model.items[write.key].v;
    }
    Task<Result<LimitWritten>> expected = model.write(write);
    world.advance(20ms);
    const LimitWritten wanted = expected.take().value();
    const Result<LimitWritten> got = write_through(*store, write);
    ASSERT_TRUE(got.has_value()) << got.error().code << ": " << got.error().message;
    ASSERT_EQ(got->applied, wanted.applied) << i;
    ASSERT_EQ(got->item.has_value(), wanted.item.has_value()) << i;
    if (wanted.item) {
      ASSERT_EQ(got->item->t, wanted.item->t) << i;
      if (write.kind != Kind::add) {
        ASSERT_EQ(got->item->v, wanted.item->v) << i;
      }
    }
  }
}

TEST_F(LimitStoreEngine, TwoInstancesShareALease) {
  const std::string table = db_.make_table();
  const Quota quota{.rate = per_second(500)};
  const auto first = limiter(open(table).value(), quota);
  const auto second = limiter(open(table).value(), quota);
  std::array<std::uint64_t, 2> admitted{};
  const Instant begin = clock_.now();
  {
    const std::jthread other([&] { admitted[1] = hammer(*second, 3s); });
    admitted[0] = hammer(*first, 3s);
  }
  const double passed = std::chrono::duration<double>(clock_.now() - begin).count();
  const auto total = static_cast<double>(admitted[0] + admitted[1]);
  EXPECT_LE(total, 500 * passed + 500);
  EXPECT_GE(total, 500 * 3 * 0.9);
  EXPECT_EQ(first->fallbacks() + second->fallbacks(), 0U);
}

TEST_F(LimitStoreEngine, AStrictWindowOfTwoInstancesIsExact) {
  const std::string table = db_.make_table();
  LimitOptions options = per_tenant({.rate = per_hour(50)});
  options.algorithm = LimitAlgorithm::fixed_window;
  std::uint64_t admitted = 0;
  for (int i = 0; i < 2; ++i) {
    options.sharing = LimitSharing{.store = open(table).value(), .mode = SharingMode::strict};
    options.sharing->timeout = 2s;
    const auto one = Limiter::make(options, clock_).value();
    admitted += hammer(*one, 400ms);
  }
  EXPECT_GE(admitted, 50U);
  EXPECT_TRUE(admitted == 50 || admitted == 100) << admitted << ": another only in another hour";
}

TEST_F(LimitStoreEngine, AnEngineThatIsKilledIsReplacedByThisInstancesShare) {
  const auto store = open(db_.make_table()).value();
  LimitSharing sharing;
  sharing.instances = 2;
  const auto one = limiter(store, {.rate = per_second(100), .burst = 50}, sharing);
  EXPECT_GE(hammer(*one, 300ms), 30U);
  engine_.kill();
  const std::uint64_t alone = hammer(*one, 3s);
  EXPECT_GE(alone, 120U);
  EXPECT_LE(alone, 150U + 25 + 30);
  EXPECT_GT(one->fallbacks(), 0U);
}

TEST_F(LimitStoreEngine, ATableThatIsNotThereOrAnotherRefusesToStart) {
  const auto none = open("lift-no-such-table");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "bad_configuration");
  EXPECT_THAT(none.error().message, HasSubstr("lift-dynamodb create-table --kind limits"));
  const auto other = open(db_.make_table(AttributeType::string));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("has the keys pk (S), sk (S), must have pk (S)"));
  const auto name = open("no/table");
  ASSERT_FALSE(name);
  EXPECT_THAT(name.error().message, HasSubstr("table: value \"no/table\" must be"));
}

TEST_F(LimitStoreEngine, AnEngineThatIsAwayAtTheStartIsNoReasonNotToServe) {
  const auto store = DynamoDbLimitStore::make(
      {.table = "limits", .access = {.endpoint = "http://127.0.0.1:1/"}}, keys());
  ASSERT_TRUE(store) << store.error().message;
  const auto one = limiter(*store, {.rate = per_second(100), .burst = 50});
  EXPECT_GE(hammer(*one, 300ms), 50U);
}

TEST_F(LimitStoreEngine, AnEngineThatSaysNothingHoldsUpTheStartAsLongAsIsSaid) {
  test::ScriptedServer silent([](test::Peer& peer) { (void)peer.ends(); });
  const Instant before = clock_.now();
  const auto store = DynamoDbLimitStore::make(
      {.table = "limits", .access = {.endpoint = silent.url()}, .patience = 150ms}, keys());
  const Duration took = clock_.now() - before;
  EXPECT_TRUE(store) << store.error().message;
  EXPECT_GE(took, 150ms);
  EXPECT_LT(took, 3s);
}

TEST_F(LimitStoreEngine, AnItemSpoiltByHandIsDecidedWithoutTheStore) {
  const std::string table = db_.make_table();
  const auto store = open(table).value();
  const auto one = limiter(store, {.rate = per_second(100), .burst = 50});
  const PutItem put{.table = table,
                    .item = {{"pk", AttributeValue::string("rl1#tenant#t4:acme")},
                             {"t", AttributeValue::string("tomorrow")}}};
  const auto spoilt = db_.run([&](DynamoDb& db) { return db.put_item(put); });
  ASSERT_TRUE(spoilt.has_value());
  EXPECT_GE(hammer(*one, 500ms), 50U);
  EXPECT_GT(one->fallbacks(), 0U);
}

}  // namespace
}  // namespace lift
