// The store over a real engine: what is once only stays so, whatever comes between.
#include "dynamo_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "dynamo_fixture.h"

namespace payments {
namespace {

constexpr KeyedRequest kRequest{
    .method = "POST", .path = "/payments", .key = "k", .body_hash = "hash"};

class DynamoStoreTest : public testing::Test {
 protected:
  Payment payment(std::int64_t amount = 100) {
    return new_payment(amount, "EUR", std::nullopt, now, random);
  }
  /// The code of the error, "" for success.
  template <class T>
  static std::string code(const lift::Result<T>& result) {
    return result ? "" : result.error().code;
  }
  Begun begin(const KeyedRequest& request = kRequest) {
    const auto begun = store->begin("acme", request, now);
    EXPECT_TRUE(begun) << begun.error().message;
    return begun.value_or(Begun{});
  }
  /// What the store's own tables hold, by a way of the test's own.
  template <class F>
  auto raw(F call) {
    return table.db.run([&](lift::DynamoDb&) { return call(); });
  }

  TestTable table;
  std::unique_ptr<DynamoStore> store = table.open();
  lift::WallTime now =
      std::chrono::time_point_cast<lift::WallTime::duration>(std::chrono::system_clock::now());
  lift::SecureRandom random;
};

TEST_F(DynamoStoreTest, KeepsAndFindsPayments) {
  EXPECT_EQ(code(store->ping()), "");
  const Payment made = payment();
  EXPECT_EQ(code(store->create("acme", made)), "");
  EXPECT_EQ(store->find("acme", made.id).value(), made);
  EXPECT_EQ(table.open()->find("acme", made.id).value(), made) << "another process";
  EXPECT_EQ(code(store->find("globex", made.id)), "not_found");
  for (const std::string& id : {std::string("x"), std::string(), std::string(2000, 'x')}) {
    EXPECT_EQ(code(store->find("acme", id)), "not_found");
    EXPECT_EQ(code(store->refund("acme", id, 1)), "not_found");
  }
}

TEST_F(DynamoStoreTest, ListsNewestFirstByPages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) {
    now += std::chrono::milliseconds(2);
    const Payment made = payment();
    ids.insert(ids.begin(), made.id);
    ASSERT_EQ(code(store->create("acme", made)), "");
  }
  std::vector<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = store->list("acme", cursor, 3);
    ASSERT_TRUE(page) << page.error().message;
    for (const Payment& one : page->payments) seen.push_back(one.id);
    cursor = page->next.value_or("");
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(store->list("acme", "", 7)->next, std::nullopt);
  EXPECT_EQ(store->list("acme", "", 100)->payments.size(), 7U);
  EXPECT_EQ(code(store->list("globex", ids[2], 3)), "bad_cursor");
  EXPECT_EQ(code(store->list("acme", std::string(2000, 'x'), 3)), "bad_cursor");
  EXPECT_EQ(code(store->list("acme", "", 0)), "bad_limit");
  EXPECT_EQ(code(store->list("acme", "", 101)), "bad_limit");
}

TEST_F(DynamoStoreTest, RefundsThatRaceNeverExceedThePayment) {
  const Payment made = payment(10);
  ASSERT_EQ(code(store->create("acme", made)), "");
  EXPECT_EQ(code(store->refund("acme", made.id, 0)), "bad_amount");
  EXPECT_EQ(code(store->refund("acme", made.id, 11)), "refund_too_large");
  std::atomic<int> done = 0;
  std::atomic<int> other = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 4; ++n) {
        const std::string end = code(store->refund("acme", made.id, 1));
        if (end.empty()) ++done;
        if (!end.empty() && end != "refund_too_large") ++other;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(done, 10);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(store->find("acme", made.id)->status, "refunded");
}

TEST_F(DynamoStoreTest, AKeyRunsOnceAndIsReplayed) {
  const Begun first = begin();
  ASSERT_EQ(first.kind, Begun::Kind::fresh);
  EXPECT_EQ(begin().kind, Begun::Kind::running);
  KeyedRequest other = kRequest;
  other.body_hash = "another";
  EXPECT_EQ(begin(other).kind, Begun::Kind::mismatch);
  const Payment made = payment();
  const Reply reply{201, "/payments/" + made.id, lift::to_json(made)};
  EXPECT_EQ(code(store->create("acme", made, first.claim, reply, now)), "");
  EXPECT_EQ(store->find("acme", made.id).value(), made);
  const Begun again = begin();
  ASSERT_EQ(again.kind, Begun::Kind::replay);
  EXPECT_EQ(again.reply.status, 201);
  EXPECT_EQ(again.reply.location, reply.location);
  EXPECT_EQ(again.reply.body, reply.body);
  EXPECT_EQ(code(store->create("acme", made, first.claim, reply, now)), "claim_lost");
  EXPECT_EQ(code(store->abandon("acme", first.claim)), "");
  EXPECT_EQ(begin().kind, Begun::Kind::replay) << "what is done cannot be given back";
  EXPECT_EQ(code(store->begin("acme", {"POST", "/payments", "", ""}, now)), "bad_key");
  EXPECT_EQ(code(store->begin("acme", {"POST", "/payments", std::string(256, 'k'), ""}, now)),
            "bad_key");
}

TEST_F(DynamoStoreTest, AClaimThatExpiredPassesOn) {
  now -= std::chrono::seconds(61);
  const Begun old = begin();
  ASSERT_EQ(old.kind, Begun::Kind::fresh);
  now += std::chrono::seconds(61);
  const Begun next = begin();
  EXPECT_EQ(next.kind, Begun::Kind::fresh);
  EXPECT_EQ(code(store->complete("acme", old.claim, {200, "", ""}, now)), "claim_lost");
  EXPECT_EQ(code(store->abandon("acme", old.claim)), "");
  EXPECT_EQ(begin().kind, Begun::Kind::running);
  EXPECT_EQ(code(store->abandon("acme", next.claim)), "");
  EXPECT_EQ(begin().kind, Begun::Kind::fresh);
}

TEST_F(DynamoStoreTest, APaymentThatAReplyPromisesIsMadeBeforeItIsReplayed) {
  const Begun first = begin();
  const Payment made = payment();
  // As if the process had ended between its two writes.
  const lift::Table<KeyItem> keys(table.db.client(), KeyItem::schema(table.name));
  const lift::TenantTable<KeyItem> ours = keys.of("acme");
  KeyItem item = raw([&] { return ours.get(first.claim.record); })->value();
  item.status = 201;
  item.body = lift::to_json(made);
  item.made = made;
  ASSERT_TRUE(raw([&] { return ours.update(item); }).has_value());
  EXPECT_EQ(code(store->find("acme", made.id)), "not_found");

  EXPECT_EQ(begin().kind, Begun::Kind::replay);
  EXPECT_EQ(store->find("acme", made.id).value(), made);
  ASSERT_TRUE(store->refund("acme", made.id, 40));
  EXPECT_EQ(begin().kind, Begun::Kind::replay);
  EXPECT_EQ(store->find("acme", made.id)->refunded_amount, 40) << "made once only";
}

TEST_F(DynamoStoreTest, OfManyBeginnersOneIsFresh) {
  std::vector<std::thread> clients;
  std::atomic<int> fresh = 0;
  std::atomic<int> running = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      const auto begun = store->begin("acme", kRequest, now);
      if (begun && begun->kind == Begun::Kind::fresh) ++fresh;
      if (begun && begun->kind == Begun::Kind::running) ++running;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(running, 7);
}

TEST_F(DynamoStoreTest, RefusesATableThatIsNotThereOrNotItsOwn) {
  const auto missing = table.try_open("no-such-table");
  EXPECT_EQ(code(missing), "store_missing");
  EXPECT_THAT(missing.error().message,
              testing::HasSubstr("lift-dynamodb create-table --kind items --table no-such-table"));
  EXPECT_EQ(code(table.try_open(table.db.make_table())), "store_foreign");
  EXPECT_EQ(code(table.try_open(table.db.make_table(lift::AttributeType::number))),
            "store_foreign");
  EXPECT_EQ(code(table.try_open("a b")), "bad_configuration");
  EXPECT_EQ(code(DynamoStore::open(table.name, {.endpoint = "http://127.0.0.1:1/"},
                                   TestTable::environment())),
            "store_unavailable");
}

TEST_F(DynamoStoreTest, SaysThatNobodyIsThere) {
  if (!table.engine.is_dynalite()) GTEST_SKIP() << "an engine of others is not ended";
  table.engine.kill();
  EXPECT_EQ(code(store->ping()), "store_unavailable");
  EXPECT_EQ(code(store->create("acme", payment())), "store_unavailable");
  EXPECT_EQ(code(store->list("acme", "", 1)), "store_unavailable");
  EXPECT_EQ(code(store->begin("acme", kRequest, now)), "store_unavailable");
}

}  // namespace
}  // namespace payments
