#include <atomic>
#include <thread>

#include "sqlite_store.h"
#include "store_fixture.h"

namespace payments {
namespace {

using namespace std::chrono_literals;
using Kind = Begun::Kind;

const KeyedRequest kRequest{"POST", "/payments", "key-1", "hash-1"};

class StoreKeysTest : public StoreTest {
 protected:
  Kind kind(std::string_view tenant, const KeyedRequest& request) {
    const auto begun = store->begin(tenant, request, now);
    EXPECT_TRUE(begun) << begun.error().message;
    return begun->kind;
  }
  Claim claimed() { return store->begin("acme", kRequest, now)->claim; }

  std::unique_ptr<Store> store = open();
  const Reply reply{201, "/payments/1", "{\"id\":1}"};
};

TEST_F(StoreKeysTest, TheFirstRunsTheSecondWaitsTheThirdGetsTheReply) {
  const auto first = store->begin("acme", kRequest, now);
  EXPECT_EQ(first->kind, Kind::fresh);
  EXPECT_EQ(kind("acme", kRequest), Kind::running);
  ASSERT_TRUE(store->complete("acme", first->claim, reply, now));
  const auto third = store->begin("acme", kRequest, now);
  EXPECT_EQ(third->kind, Kind::replay);
  EXPECT_EQ(third->reply.status, 201);
  EXPECT_EQ(third->reply.location, "/payments/1");
  EXPECT_EQ(third->reply.body, "{\"id\":1}");
}

TEST_F(StoreKeysTest, AnotherBodyUnderTheSameKeyIsAMismatchRunningOrDone) {
  KeyedRequest other = kRequest;
  other.body_hash = "hash-2";
  const Claim claim = claimed();
  EXPECT_EQ(kind("acme", other), Kind::mismatch);
  ASSERT_TRUE(store->complete("acme", claim, reply, now));
  EXPECT_EQ(kind("acme", other), Kind::mismatch);
}

TEST_F(StoreKeysTest, AKeyBelongsToItsTenantMethodAndPath) {
  ASSERT_TRUE(store->complete("acme", claimed(), reply, now));
  EXPECT_EQ(kind("globex", kRequest), Kind::fresh);
  EXPECT_EQ(kind("acme", {"PUT", "/payments", "key-1", "hash-1"}), Kind::fresh);
  EXPECT_EQ(kind("acme", {"POST", "/refunds", "key-1", "hash-1"}), Kind::fresh);
  EXPECT_EQ(kind("acme", {"POST", "/payments", "KEY-1", "hash-1"}), Kind::fresh);
  EXPECT_EQ(kind("acme", kRequest), Kind::replay);
}

TEST_F(StoreKeysTest, AReplyIsKeptForADay) {
  ASSERT_TRUE(store->complete("acme", claimed(), reply, now));
  now += 24h - 1ms;
  EXPECT_EQ(kind("acme", kRequest), Kind::replay);
  now += 1ms;
  EXPECT_EQ(kind("acme", kRequest), Kind::fresh);
}

TEST_F(StoreKeysTest, AClaimOfACrashedRunnerPassesOnAfterAMinute) {
  const Claim lost = claimed();
  now += 1min - 1ms;
  EXPECT_EQ(kind("acme", kRequest), Kind::running);
  now += 1ms;
  const auto next = store->begin("acme", kRequest, now);
  EXPECT_EQ(next->kind, Kind::fresh);
  EXPECT_EQ(code(store->complete("acme", lost, reply, now)), "claim_lost");
  ASSERT_TRUE(store->abandon("acme", lost));
  EXPECT_EQ(kind("acme", kRequest), Kind::running) << "the successor's claim must stand";
  EXPECT_TRUE(store->complete("acme", next->claim, reply, now));
}

TEST_F(StoreKeysTest, AnAbandonedKeyRunsAgain) {
  ASSERT_TRUE(store->abandon("acme", claimed()));
  EXPECT_EQ(kind("acme", kRequest), Kind::fresh);
}

TEST_F(StoreKeysTest, AClaimCannotBeEndedTwiceNorByAnotherTenant) {
  const Claim claim = claimed();
  EXPECT_EQ(code(store->complete("globex", claim, reply, now)), "claim_lost");
  ASSERT_TRUE(store->abandon("globex", claim));
  ASSERT_TRUE(store->complete("acme", claim, reply, now));
  EXPECT_EQ(code(store->complete("acme", claim, {500, "", "x"}, now)), "claim_lost");
  ASSERT_TRUE(store->abandon("acme", claim));
  EXPECT_EQ(store->begin("acme", kRequest, now)->reply.status, 201);
}

TEST_F(StoreKeysTest, PaymentAndReplyAreKeptTogetherOrNotAtAll) {
  const Claim lost = claimed();
  now += 1min;
  const Claim held = claimed();
  EXPECT_EQ(code(store->create("acme", payment(), lost, reply, now)), "claim_lost");
  EXPECT_TRUE(store->list("acme", "", 10)->payments.empty());
  const Payment paid = payment();
  ASSERT_TRUE(store->create("acme", paid, held, reply, now));
  EXPECT_EQ(kind("acme", kRequest), Kind::replay);
  EXPECT_EQ(store->find("acme", paid.id), paid);
  const auto other = store->begin("acme", {"POST", "/payments", "key-2", "h"}, now);
  EXPECT_EQ(code(store->create("acme", paid, other->claim, reply, now)), "store_unavailable");
  EXPECT_EQ(kind("acme", {"POST", "/payments", "key-2", "h"}), Kind::running);
}

TEST_F(StoreKeysTest, AReplyOutlivesTheProcess) {
  ASSERT_TRUE(store->complete("acme", claimed(), reply, now));
  store.reset();
  store = open();
  EXPECT_EQ(kind("acme", kRequest), Kind::replay);
}

TEST_F(StoreKeysTest, KeysHave1To255Bytes) {
  const std::string longest(255, 'k');
  const std::string too_long(256, 'k');
  EXPECT_EQ(kind("acme", {"POST", "/", longest, "h"}), Kind::fresh);
  EXPECT_EQ(code(store->begin("acme", {"POST", "/", too_long, "h"}, now)), "bad_key");
  EXPECT_EQ(code(store->begin("acme", {"POST", "/", "", "h"}, now)), "bad_key");
}

TEST_F(StoreKeysTest, ExpiredRecordsDoNotPileUp) {
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_EQ(kind("acme", {"POST", "/", key, "h"}), Kind::fresh);
  }
  now += 1min;
  for (int i = 100; i < 120; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_EQ(kind("acme", {"POST", "/", key, "h"}), Kind::fresh);
  }
  auto direct = Connection::open(file, {1s, true});
  auto rows = direct->query("SELECT count(*) FROM idempotency_keys");
  ASSERT_TRUE(*rows->next());
  EXPECT_EQ(rows->integer(0), 20);
}

TEST_F(StoreKeysTest, OfEightThreadsWithOneKeyExactlyOneRuns) {
  for (int round = 0; round < 10; ++round) {
    const std::string key = "round-" + std::to_string(round);
    const KeyedRequest request{"POST", "/payments", key, "h"};
    std::atomic<int> ran{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        lift::SeededRandom chance(static_cast<std::uint64_t>(round * 8 + i));
        const Payment mine = new_payment(1, "EUR", std::nullopt, now, chance);
        const auto begun = store->begin("acme", request, now);
        if (begun && begun->kind == Kind::fresh) {
          ++ran;
          if (!store->create("acme", mine, begun->claim, reply, now)) ++wrong;
        } else if (!begun || begun->kind == Kind::mismatch) {
          ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(store->list("acme", "", 100)->payments.size(), static_cast<std::size_t>(round + 1));
  }
}

}  // namespace
}  // namespace payments
