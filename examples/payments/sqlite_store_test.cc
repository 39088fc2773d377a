#include "sqlite_store.h"

#include <atomic>
#include <set>
#include <thread>

#include "store_fixture.h"

namespace payments {
namespace {

using namespace std::chrono_literals;

TEST_F(StoreTest, KeepsAPaymentAsItWasGiven) {
  const auto store = open();
  Payment full = new_payment(INT64_MAX, "EUR", std::string("a\0b ä", 6), now + 1ms, random);
  ASSERT_TRUE(store->create("acme", full));
  EXPECT_EQ(store->find("acme", full.id), full);
  EXPECT_EQ(full.status, "created");
  EXPECT_EQ(full.created_at, "2026-01-01T00:00:00.001Z");
  EXPECT_EQ(full.id.size(), 36U);
}

TEST_F(StoreTest, RefusesASecondPaymentOfOneIdAndBrokenAmounts) {
  const auto store = open();
  const Payment once = payment();
  ASSERT_TRUE(store->create("acme", once));
  EXPECT_EQ(code(store->create("acme", once)), "store_unavailable");
  EXPECT_EQ(code(store->create("acme", payment(0))), "store_unavailable");
  EXPECT_EQ(store->list("acme", "", 10)->payments.size(), 1U);
}

TEST_F(StoreTest, TenantsNeverSeeEachOthersPayments) {
  const auto store = open();
  const Payment mine = payment();
  ASSERT_TRUE(store->create("acme", mine));
  ASSERT_TRUE(store->create("acme", payment()));
  for (const std::string_view other : {"globex", "", "ACME", "acme "}) {
    EXPECT_EQ(code(store->find(other, mine.id)), "not_found");
    EXPECT_EQ(code(store->refund(other, mine.id, 1)), "not_found");
    EXPECT_EQ(store->list(other, "", 10)->payments.size(), 0U);
    EXPECT_EQ(code(store->list(other, mine.id, 10)), "bad_cursor");
    EXPECT_EQ(store->find(other, mine.id).error().message,
              store->find(other, "no such id").error().message);
  }
  EXPECT_EQ(store->find("acme", mine.id)->refunded_amount, 0);
  ASSERT_TRUE(store->create("globex", mine)) << "ids are a tenant's own";
}

TEST_F(StoreTest, ListsNewestFirstPageByPage) {
  const auto store = open();
  std::vector<std::string> made;
  for (int i = 0; i < 250; ++i) {
    const Payment each = payment(i + 1);
    made.insert(made.begin(), each.id);
    ASSERT_TRUE(store->create("acme", each));
    ASSERT_TRUE(store->create("globex", payment()));
  }
  for (const std::size_t limit : {1U, 7U, 50U, 100U}) {
    std::vector<std::string> seen;
    std::string cursor;
    do {
      const auto page = store->list("acme", cursor, limit);
      ASSERT_TRUE(page);
      ASSERT_LE(page->payments.size(), limit);
      for (const Payment& each : page->payments) seen.push_back(each.id);
      cursor = page->next.value_or("");
    } while (!cursor.empty());
    EXPECT_EQ(seen, made);
  }
}

TEST_F(StoreTest, APageStaysTrueWhileNewPaymentsArrive) {
  const auto store = open();
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(store->create("acme", payment(i)));
  const auto first = store->list("acme", "", 2);
  ASSERT_TRUE(store->create("acme", payment(5)));
  const auto second = store->list("acme", *first->next, 2);
  EXPECT_EQ(second->payments[0].amount, 2);
  EXPECT_EQ(second->payments[1].amount, 1);
  EXPECT_EQ(second->next, std::nullopt);
}

TEST_F(StoreTest, RefusesBadPages) {
  const auto store = open();
  EXPECT_EQ(code(store->list("acme", "", 0)), "bad_limit");
  EXPECT_EQ(code(store->list("acme", "", 101)), "bad_limit");
  EXPECT_EQ(code(store->list("acme", "1 OR 1=1", 10)), "bad_cursor");
  EXPECT_EQ(code(store->list("acme", std::string(100'000, 'x'), 10)), "bad_cursor");
  EXPECT_TRUE(store->list("acme", "", 100)->payments.empty());
}

struct Refund {
  std::int64_t amount;
  std::string code;
  std::int64_t refunded;
  std::string status;
};

TEST_F(StoreTest, RefundsNeverExceedThePayment) {
  const auto store = open();
  const Payment paid = payment(100);
  ASSERT_TRUE(store->create("acme", paid));
  const std::vector<Refund> table = {
      {0, "bad_amount", 0, "created"},
      {-1, "bad_amount", 0, "created"},
      {INT64_MIN, "bad_amount", 0, "created"},
      {101, "refund_too_large", 0, "created"},
      {INT64_MAX, "refund_too_large", 0, "created"},
      {30, "", 30, "partially_refunded"},
      {71, "refund_too_large", 30, "partially_refunded"},
      {INT64_MAX, "refund_too_large", 30, "partially_refunded"},
      {70, "", 100, "refunded"},
      {1, "refund_too_large", 100, "refunded"},
  };
  for (const Refund& row : table) {
    const auto refunded = store->refund("acme", paid.id, row.amount);
    EXPECT_EQ(code(refunded), row.code) << row.amount;
    const auto kept = store->find("acme", paid.id);
    EXPECT_EQ(kept->refunded_amount, row.refunded) << row.amount;
    EXPECT_EQ(kept->status, row.status) << row.amount;
    if (refunded) {
      EXPECT_EQ(*refunded, *kept);
    }
  }
  EXPECT_EQ(code(store->refund("acme", "none", 1)), "not_found");
  EXPECT_EQ(store->refund("acme", paid.id, 1).error().message, "amount is 1, at most 0 is left");
}

TEST_F(StoreTest, EightThreadsRefundingAtOnceNeverPayBackTooMuch) {
  const auto store = open();
  const Payment paid = payment(101);
  ASSERT_TRUE(store->create("acme", paid));
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 10; ++turn) {
        if (store->refund("acme", paid.id, 2)) ++granted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 50);
  EXPECT_EQ(store->find("acme", paid.id)->refunded_amount, 100);
}

TEST_F(StoreTest, EightThreadsWriteAndReadWithoutLosingAnything) {
  const auto store = open({.readers = 3});
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      lift::SeededRandom chance(static_cast<std::uint64_t>(i));
      const std::string tenant = i % 2 == 0 ? "acme" : "globex";
      for (int turn = 1; turn <= 20; ++turn) {
        const Payment mine = new_payment(turn, "EUR", std::nullopt, now, chance);
        if (!store->create(tenant, mine)) ++failures;
        if (store->find(tenant, mine.id) != mine) ++failures;
        const auto page = store->list(tenant, "", 5);
        if (!page || page->payments.empty()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(store->list("acme", "", 100)->payments.size(), 80U);
  EXPECT_EQ(store->list("globex", "", 100)->payments.size(), 80U);
}

TEST_F(StoreTest, APaymentOutlivesTheProcess) {
  Payment paid = payment();
  {
    const auto store = open();
    ASSERT_TRUE(store->create("acme", paid));
    ASSERT_TRUE(store->refund("acme", paid.id, 40));
  }
  paid.refunded_amount = 40;
  update_status(paid);
  EXPECT_EQ(open()->find("acme", paid.id), paid);
}

TEST_F(StoreTest, TwoStoresOnOneFileSeeEachOther) {
  const auto first = open();
  const auto second = open();
  const Payment paid = payment();
  ASSERT_TRUE(first->create("acme", paid));
  ASSERT_TRUE(second->refund("acme", paid.id, 1));
  EXPECT_EQ(first->find("acme", paid.id)->refunded_amount, 1);
}

TEST(Payment, ShowsItselfAsJson) {
  lift::SeededRandom random(1);
  Payment paid = new_payment(5, "EUR", "tea", lift::WallTime{}, random);
  EXPECT_EQ(lift::to_json(paid),
            R"({"id":")" + paid.id +
                R"(","amount":5,"currency":"EUR","refunded_amount":0,"status":"created",)"
                R"("description":"tea","created_at":"1970-01-01T00:00:00.000Z"})");
}

}  // namespace
}  // namespace payments
