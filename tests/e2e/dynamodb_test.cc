// The client against a real engine over real sockets, and against one that breaks.
#include "lift/aws/dynamodb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dynalite.h"
#include "tests/support/scripted_server.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::Dynalite;
using test::Peer;
using test::ScriptedServer;
using test::TestDynamoDb;
using V = AttributeValue;

constexpr std::int64_t kNow = 1'767'225'600'123'456'789;

class DynamoDbEngine : public testing::Test {
 protected:
  Result<WriteAnswer> update(const UpdateItem& request) {
    return db_.run([&](DynamoDb& db) { return db.update_item(request); });
  }
  Result<WriteAnswer> put(const PutItem& request) {
    return db_.run([&](DynamoDb& db) { return db.put_item(request); });
  }
  std::optional<Item> read(const std::string& table, const Item& key) {
    const GetItem request{.table = table, .key = key, .consistent = true, .projection = {}};
    auto got = db_.run([&](DynamoDb& db) { return db.get_item(request); });
    EXPECT_TRUE(got.has_value()) << got.error().message;
    return got ? got->item : std::nullopt;
  }
  static Item key(std::string_view pk) { return {{"pk", V::string(pk)}}; }
  static Item key(std::string_view pk, std::int64_t sk) {
    return {{"pk", V::string(pk)}, {"sk", V::number(sk)}};
  }

  Dynalite engine_;
  TestDynamoDb db_{engine_};
};

/// The idle branch of a reservation: begin at `now`.
UpdateItem begin(const std::string& table, std::int64_t now, std::int64_t inc) {
  UpdateItem out{.table = table, .key = {{"pk", V::string("k")}}, .update = ""};
  out.update = "SET t = :nowinc, v = :v, x = :x";
  out.condition = "attribute_not_exists(t) OR t <= :now";
  out.values = {{":nowinc", V::number(now + inc)},
                {":now", V::number(now)},
                {":v", V::number(1)},
                {":x", V::number(1'767'230'000)}};
  out.return_values = ReturnValues::updated_new;
  out.return_item_on_failure = true;
  return out;
}

/// The busy branch: go on from where the item stands.
UpdateItem go_on(const std::string& table, std::int64_t now, std::int64_t inc, std::int64_t most) {
  UpdateItem out = begin(table, now, inc);
  out.update = "SET t = t + :inc, x = :x";
  out.condition = "v = :v AND t > :now AND t <= :max";
  out.values.erase(":nowinc");
  out.values[":inc"] = V::number(inc);
  out.values[":max"] = V::number(most);
  return out;
}

TEST_F(DynamoDbEngine, ReservesByConditionalWritesExactly) {
  const std::string table = db_.make_table();
  const auto early = update(go_on(table, kNow, 7, kNow + 100));
  ASSERT_TRUE(early.has_value()) << early.error().message;
  EXPECT_FALSE(early->applied) << "nothing to go on from";

  const auto first = update(begin(table, kNow, 10));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_TRUE(first->applied);
  EXPECT_EQ(first->item->at("t").as_int64(), kNow + 10);
  EXPECT_TRUE(first->date.has_value());

  const auto second = update(go_on(table, kNow, 7, kNow + 10));
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_TRUE(second->applied);
  EXPECT_EQ(second->item->at("t").as_int64(), kNow + 17);
  EXPECT_FALSE(second->item->contains("v")) << "UPDATED_NEW: what was set";

  EXPECT_FALSE(update(go_on(table, kNow, 7, kNow + 16))->applied) << "above :max by one";
  EXPECT_FALSE(update(go_on(table, kNow + 17, 7, kNow + 100))->applied) << "not ahead of now";
  EXPECT_FALSE(update(begin(table, kNow + 16, 1))->applied) << "busy";
  EXPECT_TRUE(update(begin(table, kNow + 17, 1))->applied) << "idle again";

  const auto refused = update(go_on(table, kNow, 7, kNow));
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->item.has_value(), !engine_.is_dynalite());
  EXPECT_EQ(read(table, key("k"))->at("t").as_int64(), kNow + 18);
}

TEST_F(DynamoDbEngine, KeepsEveryTypeAsItIs) {
  const std::string table = db_.make_table();
  Item item = key("a");
  item["null"] = V();
  item["bool"] = V::boolean(true);
  item["text"] = V::string("é \"quoted\" \n");
  item["n"] = V::decimal("12345678901234567890123456789012345678");
  item["b"] = V::binary(std::string("\0\xff\x80", 3));
  item["l"] = V::list({V::number(1), V::string("x"), V::list({V::boolean(false)})});
  item["m"] = V::map({{"inner", V::map({{"deep", V::number(-1)}})}});
  item["ss"] = V::string_set({"b", "a"});
  item["ns"] = V::number_set({"3", "1"});
  item["bs"] = V::binary_set({"x", std::string("\0", 1)});
  const PutItem request{.table = table, .item = item};
  const auto done = put(request);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(read(table, key("a")), item);
  EXPECT_EQ(read(table, key("b")), std::nullopt);
}

TEST_F(DynamoDbEngine, GivesBackOldValuesAndCapacity) {
  const std::string table = db_.make_table();
  PutItem request{.table = table, .item = key("a")};
  request.return_values = ReturnValues::all_old;
  request.report_capacity = true;
  const auto created = put(request);
  ASSERT_TRUE(created.has_value()) << created.error().message;
  EXPECT_EQ(created->item, std::nullopt);
  EXPECT_EQ(created->capacity_units, 1.0);
  EXPECT_EQ(put(request)->item, key("a"));
  request.condition = "attribute_not_exists(#k)";
  request.names = {{"#k", "pk"}};
  EXPECT_FALSE(put(request)->applied);
  DeleteItem removal{.table = table, .key = key("a")};
  removal.return_values = ReturnValues::all_old;
  const auto removed = db_.run([&](DynamoDb& db) { return db.delete_item(removal); });
  EXPECT_EQ(removed->item, key("a"));
  EXPECT_EQ(db_.run([&](DynamoDb& db) { return db.delete_item(removal); })->item, std::nullopt);
}

TEST_F(DynamoDbEngine, ReadsPageByPage) {
  const std::string table = db_.make_table(AttributeType::number);
  BatchWriteItem batch;
  for (int i = 0; i < 25; ++i) {
    BatchWrite write{.kind = BatchWrite::Kind::put, .item = key("a", i)};
    batch.tables[table].push_back(write);
  }
  const auto wrote = db_.run([&](DynamoDb& db) { return db.batch_write_item(batch); });
  ASSERT_TRUE(wrote.has_value()) << wrote.error().message;
  EXPECT_TRUE(wrote->unprocessed.empty());

  Query query{.table = table, .key_condition = "pk = :pk AND sk >= :from"};
  query.values = {{":pk", V::string("a")}, {":from", V::number(5)}};
  query.limit = 8;
  query.forward = false;
  std::vector<std::int64_t> seen;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = db_.run([&](DynamoDb& db) { return db.query(query); });
    ASSERT_TRUE(page.has_value()) << page.error().message;
    for (const Item& item : page->items) seen.push_back(*item.at("sk").as_int64());
    more = page->last_key.has_value();
    query.start_key = page->last_key.value_or(Item());
  }
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(seen.size(), 20U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], 24 - std::int64_t(i));

  BatchGetItem read;
  read.tables[table].keys = {key("a", 3), key("a", 99)};
  const auto got = db_.run([&](DynamoDb& db) { return db.batch_get_item(read); });
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_THAT(got->items.at(table), testing::ElementsAre(key("a", 3)));
}

TEST_F(DynamoDbEngine, TellsRefusals) {
  const std::string table = db_.make_table();
  const auto code = [&](const UpdateItem& request) {
    const auto done = update(request);
    return done ? "" : done.error().code;
  };
  EXPECT_EQ(code(begin(table + "x", kNow, 1)), "not_found");
  UpdateItem wrong = begin(table, kNow, 1);
  wrong.update = "SET nonsense";
  EXPECT_EQ(code(wrong), "validation");
  CreateTable again{.table = table, .partition = {.name = "pk"}};
  const auto made = db_.run([&](DynamoDb& db) { return db.create_table(again); });
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, "in_use");
  const auto described = db_.run([&](DynamoDb& db) { return db.describe_table(table); });
  ASSERT_TRUE(described.has_value()) << described.error().message;
  EXPECT_EQ(described->partition->name, "pk");
  EXPECT_TRUE(described->replicas.empty());
}

/// What becomes of a write and a read where the other side does so.
std::string ends(const ScriptedServer::Script& script, DynamoDbOptions options = {}) {
  ScriptedServer server(script);
  TestDynamoDb db(server.url("/"), options);
  const GetItem get{.table = "t", .key = {{"pk", V::string("k")}}, .projection = {}};
  const auto wrote = db.run([&](DynamoDb& client) { return client.update_item(begin("t", 1, 1)); });
  const auto got = db.run([&](DynamoDb& client) { return client.get_item(get); });
  return (wrote ? "done" : wrote.error().code) + " " + (got ? "done" : got.error().code);
}

ScriptedServer::Script answers(std::string head, std::string body) {
  return [=](Peer& peer) {
    peer.head();
    peer.send("HTTP/1.1 200 OK\r\n" + head + "\r\n\r\n" + body);
    peer.close();
  };
}

TEST(DynamoDbFaults, EveryEndIsTold) {
  EXPECT_EQ(ends(answers("Content-Length: 2", "{}")), "done done");
  EXPECT_EQ(ends(answers("Content-Length: 20", "{\"Item\"")), "ambiguous unavailable");
  EXPECT_EQ(ends(answers("Content-Length: 7", "garbage")), "ambiguous bad_answer");
  EXPECT_EQ(ends(answers("Content-Length: 2\r\nx-amz-crc32: 5", "{}")), "ambiguous bad_answer");
  EXPECT_EQ(ends(answers("Content-Length: 99999999999", "{")), "ambiguous unavailable");
  EXPECT_EQ(ends(answers("Content-Length: 2000", std::string(2000, ' ')), {.max_answer = 1024}),
            "ambiguous unavailable");
  EXPECT_EQ(ends([](Peer& peer) { peer.head(), peer.reset(); }), "ambiguous unavailable");
  const auto silent = [](Peer& peer) { peer.head(), peer.ends(); };
  EXPECT_EQ(ends(silent, {.timeout = 50ms}), "ambiguous unavailable");
}

TEST_F(DynamoDbEngine, NobodyThereIsNothingSent) {
  if (!engine_.is_dynalite()) GTEST_SKIP() << "an engine of others is not ended";
  const std::string table = db_.make_table();
  EXPECT_TRUE(update(begin(table, kNow, 1))->applied);
  const std::string url = engine_.url();
  engine_.kill();
  TestDynamoDb fresh(url);
  const auto done =
      fresh.run([&](DynamoDb& db) { return db.update_item(begin(table, kNow + 9, 1)); });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, "not_sent");
}

}  // namespace
}  // namespace lift
