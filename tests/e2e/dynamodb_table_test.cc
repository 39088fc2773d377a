// Typed tables against a real engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <thread>

#include "lift/aws/table.h"
#include "lift/aws/table_fixture_test.h"
#include "tests/support/dynalite.h"

namespace lift {
namespace {

using test::Dynalite;
using test::Payment;
using test::Reading;
using test::TestDynamoDb;
using V = AttributeValue;

class TableEngine : public testing::Test {
 protected:
  /// What a call on the loop comes to.
  template <class F>
  auto run(F call) {
    return db_.run([&](DynamoDb&) { return call(); });
  }
  /// "" for a success.
  template <class F>
  std::string code(F call) {
    const auto result = run(call);
    return result ? "" : result.error().code;
  }
  static Payment payment(std::string id, std::int64_t amount = 5) {
    return {.id = std::move(id), .amount = amount, .note = {}, .version = 0, .expires_at = {}};
  }
  static Reading reading(std::int32_t number) {
    Reading out;
    out.day = "mon#day";
    out.number = number;
    return out;
  }

  Dynalite engine_;
  TestDynamoDb db_{engine_};
  const std::string name_ = db_.make_table(AttributeType::string);
  Table<Payment> payments_{db_.client(), Payment::schema(name_)};
  Table<Reading> readings_{db_.client(), Reading::schema(name_)};
  TenantTable<Payment> acme_ = payments_.of("acme");
};

TEST_F(TableEngine, OneItemThroughItsLife) {
  EXPECT_EQ(run([&] { return acme_.get("7"); }).value(), std::nullopt);
  EXPECT_EQ(code([&] { return acme_.update(payment("7")); }), "version_conflict");
  const auto made = run([&] { return acme_.create(payment("7")); });
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(code([&] { return acme_.create(payment("7")); }), "exists");
  EXPECT_EQ(run([&] { return acme_.get("7"); }).value(), *made);

  Payment changed = *made;
  changed.note = "é";
  const auto updated = run([&] { return acme_.update(changed); });
  ASSERT_TRUE(updated.has_value()) << updated.error().message;
  EXPECT_EQ(updated->version, 2);
  EXPECT_EQ(run([&] { return acme_.get("7"); }).value(), *updated);
  EXPECT_EQ(code([&] { return acme_.update(changed); }), "version_conflict");
  EXPECT_EQ(code([&] { return acme_.remove(changed); }), "version_conflict");
  const auto put = run([&] { return acme_.put(payment("7", 9)); });
  ASSERT_TRUE(put.has_value()) << put.error().message;
  EXPECT_EQ(put->version, 3);
  EXPECT_EQ(put->note, std::nullopt) << "what it lacks is removed";
  EXPECT_EQ(run([&] { return acme_.remove(*put); }).value(), true);
  EXPECT_EQ(run([&] { return acme_.erase("7"); }).value(), false);
  EXPECT_EQ(run([&] { return acme_.put(payment("8")); })->version, 1);
  EXPECT_EQ(run([&] { return acme_.erase("8"); }).value(), true);
}

TEST_F(TableEngine, KeepsEveryTypeOfADescription) {
  Reading item = reading(std::numeric_limits<std::int32_t>::min());
  item.value = -0.1;
  item.large = std::numeric_limits<std::uint64_t>::max();
  item.place = {.room = "", .outside = true};
  item.series = {1.5, std::nullopt, -2e100};
  const TenantTable<Reading> ours = readings_.of("a#b %é");
  const auto key = [&] { return TableKey(item.day, item.number); };
  EXPECT_EQ(run([&] { return ours.put(item); }).value(), item);
  EXPECT_EQ(run([&] { return ours.get(key()); }).value(), item);
  item.other = {.room = "x", .outside = false};
  EXPECT_EQ(run([&] { return ours.update(item); }).value(), item);
  EXPECT_EQ(run([&] { return ours.get(key()); }).value(), item);
  EXPECT_EQ(run([&] { return ours.remove(item); }).value(), true);
  EXPECT_EQ(run([&] { return ours.remove(item); }).value(), false);
  EXPECT_EQ(code([&] { return ours.update(item); }), "missing");
}

TEST_F(TableEngine, AnUpdateLeavesWhatItDoesNotKnow) {
  const Payment made = run([&] { return acme_.create(payment("7")); }).value();
  UpdateItem later{.table = name_, .key = {}, .update = "SET later = :l"};
  later.key = {{"pk", V::string("acme#payment")}, {"sk", V::string("7")}};
  later.values = {{":l", V::string_set({"x"})}};
  ASSERT_TRUE(db_.run([&](DynamoDb& db) { return db.update_item(later); })->applied);
  ASSERT_TRUE(run([&] { return acme_.update(made); }).has_value());
  const GetItem get{.table = name_, .key = later.key, .consistent = true, .projection = {}};
  const auto stored = db_.run([&](DynamoDb& db) { return db.get_item(get); });
  EXPECT_EQ(stored->item->at("later"), V::string_set({"x"}));
}

TEST_F(TableEngine, TenantsDoNotSeeEachOther) {
  const TenantTable<Payment> globex = payments_.of("globex");
  ASSERT_TRUE(run([&] { return acme_.create(payment("7", 1)); }).has_value());
  EXPECT_EQ(run([&] { return globex.get("7"); }).value(), std::nullopt);
  EXPECT_TRUE(run([&] { return globex.create(payment("7", 2)); }).has_value());
  EXPECT_EQ(run([&] { return acme_.get("7"); }).value()->amount, 1);
  EXPECT_EQ(run([&] { return globex.query({}); })->items.size(), 1U);
  EXPECT_EQ(run([&] { return payments_.of("acme#payment").query({}); })->items.size(), 0U);

  PutItem planted{.table = name_, .item = {}};
  planted.item = {{"pk", V::string("acme#payment")},
                  {"sk", V::string("8")},
                  {"id", V::string("9")},
                  {"amount", V::number(1)},
                  {"version", V::number(1)}};
  ASSERT_TRUE(db_.run([&](DynamoDb& db) { return db.put_item(planted); })->applied);
  EXPECT_EQ(code([&] { return acme_.get("8"); }), "foreign_item");
  EXPECT_EQ(code([&] { return acme_.query({}); }), "foreign_item");
}

TEST_F(TableEngine, PagesComeInOrder) {
  const TenantTable<Reading> ours = readings_.of("acme");
  std::vector<Reading> items;
  for (std::int32_t i = -30; i < 30; ++i) items.push_back(reading(i));
  const auto wrote = run([&] { return ours.put_all(items); });
  ASSERT_TRUE(wrote.has_value()) << wrote.error().message;
  const auto numbers = [&](TableQuery query) {
    std::vector<std::int32_t> out;
    do {
      const auto page = run([&] { return ours.query(query, "mon#day"); });
      EXPECT_TRUE(page.has_value()) << page.error().message;
      if (!page) break;
      EXPECT_LE(page->items.size(), query.limit);
      for (const Reading& item : page->items) out.push_back(item.number);
      query.cursor = page->next;
    } while (!query.cursor.empty());
    return out;
  };
  std::vector<std::int32_t> all(60);
  for (std::int32_t i = 0; i < 60; ++i) all[static_cast<std::size_t>(i)] = i - 30;
  EXPECT_EQ(numbers({.limit = 7}), all);
  EXPECT_EQ(numbers({.from = -2, .to = 1}), (std::vector<std::int32_t>{-2, -1, 0, 1}));
  EXPECT_EQ(numbers({.to = -29, .forward = false}), (std::vector<std::int32_t>{-29, -30}));
  EXPECT_EQ(numbers({.from = 28, .limit = 1}), (std::vector<std::int32_t>{28, 29}));
  EXPECT_EQ(run([&] { return ours.query({}, "tuesday"); })->items.size(), 0U);

  std::vector<TableKey> keys;
  for (std::int32_t i = 29; i >= -40; --i) keys.emplace_back("mon#day", i);
  const auto got = run([&] { return ours.get_all(keys); });
  ASSERT_TRUE(got.has_value()) << got.error().message;
  for (std::size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ((*got)[i], i < 60 ? std::optional(reading(29 - std::int32_t(i))) : std::nullopt);
  EXPECT_EQ(code([&] { return ours.erase_all(keys); }), "");
  EXPECT_EQ(numbers({}), std::vector<std::int32_t>());
}

TEST_F(TableEngine, WhatHasExpiredMakesRoom) {
  Payment old = payment("7");
  old.expires_at = 1'000'000'000;
  ASSERT_TRUE(run([&] { return acme_.create(old); }).has_value());
  EXPECT_EQ(run([&] { return acme_.get("7"); }).value(), std::nullopt);
  old.version = 1;
  EXPECT_EQ(code([&] { return acme_.update(old); }), "version_conflict");
  old.expires_at = 100'000'000'000;
  EXPECT_TRUE(run([&] { return acme_.create(old); }).has_value());
  EXPECT_EQ(run([&] { return acme_.get("7"); }).value()->expires_at, old.expires_at);
  EXPECT_EQ(code([&] { return acme_.create(old); }), "exists");
}

/// Adds one to the amount `times`, and reads again wherever another was faster.
Task<Result<int>> add_many(const TenantTable<Payment>& table, int times) {
  int conflicts = 0;
  while (times > 0) {
    Task<Result<std::optional<Payment>>> reading = table.get("7");
    Result<std::optional<Payment>> found = co_await reading;
    if (!found) co_return std::unexpected(found.error());
    Payment item = **found;
    ++item.amount;
    Task<Result<Payment>> writing = table.update(item);
    const Result<Payment> wrote = co_await writing;
    if (wrote) {
      --times;
    } else if (wrote.error().code == "version_conflict") {
      ++conflicts;
    } else {
      co_return std::unexpected(wrote.error());
    }
  }
  co_return conflicts;
}

TEST_F(TableEngine, OfWritersThatRaceNoneLosesAWrite) {
  constexpr int kTimes = 25;
  ASSERT_TRUE(run([&] { return acme_.create(payment("7", 0)); }).has_value());
  std::vector<std::thread> writers;
  std::vector<std::string> errors(4);
  for (std::string& error : errors) {
    writers.emplace_back([&] {
      TestDynamoDb db(engine_);
      const Table<Payment> table(db.client(), Payment::schema(name_));
      const TenantTable<Payment> ours = table.of("acme");
      const auto done = db.run([&](DynamoDb&) { return add_many(ours, kTimes); });
      if (!done) error = done.error().code + done.error().message;
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  const Payment last = *run([&] { return acme_.get("7"); }).value();
  EXPECT_EQ(last.amount, 4 * kTimes);
  EXPECT_EQ(last.version, 4 * kTimes + 1);
}

TEST_F(TableEngine, OfMakersThatRaceOneMakes) {
  std::vector<std::thread> makers;
  std::vector<std::string> codes(8);
  for (std::string& code : codes) {
    makers.emplace_back([&] {
      TestDynamoDb db(engine_);
      const Table<Payment> table(db.client(), Payment::schema(name_));
      const TenantTable<Payment> ours = table.of("acme");
      const auto made = db.run([&](DynamoDb&) { return ours.create(payment("7")); });
      code = made ? "made" : made.error().code;
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(std::multiset<std::string>(codes.begin(), codes.end()).count("made"), 1U);
  EXPECT_EQ(std::multiset<std::string>(codes.begin(), codes.end()).count("exists"), 7U);
}

}  // namespace
}  // namespace lift
