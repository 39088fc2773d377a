// Prints what the client sends, one line a call: the operation, a blank, the body. For
// dynamodb_rules.py.

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "lift/aws/dynamodb.h"
#include "lift/testing/sim_world.h"

namespace {

using lift::Item;
using V = lift::AttributeValue;

/// Prints each request and answers none.
class Printer final : public lift::HttpTransport {
 public:
  lift::Task<lift::Result<lift::ClientResponse>> send(lift::ClientRequest& request) override {
    const std::string target(request.headers.value("x-amz-target"));
    std::printf("%s %s\n", target.c_str(), request.body.c_str());
    co_return lift::fail("timeout", "nobody answers here");
  }
};

Item key() { return {{"pk", V::string("a\"\\é")}, {"sk", V::number(-7)}}; }

Item every_type() {
  Item item = key();
  item["null"] = V();
  item["bool"] = V::boolean(true);
  item["n"] = V::decimal("-1.5E-7");
  item["b"] = V::binary(std::string("\0\xff\x80", 3));
  item["l"] = V::list({V::number(1), V::list({V::binary("x")})});
  item["m"] = V::map({{"inner", V::map({{"deep", V::string("")}})}});
  item["ss"] = V::string_set({"b", "a"});
  item["ns"] = V::number_set({"3", "1"});
  item["bs"] = V::binary_set({"x", "yz"});
  return item;
}

/// With everything that any write may have.
template <class Write>
Write full(Write write) {
  write.condition = "attribute_not_exists(#k) OR b = :b";
  write.names = {{"#k", "pk"}};
  write.values = {{":b", V::binary("x")}};
  write.return_values = lift::ReturnValues::all_old;
  write.return_item_on_failure = true;
  write.report_capacity = true;
  return write;
}

void print_writes(lift::DynamoDb& db) {
  const lift::PutItem put{.table = "table", .item = every_type()};
  const lift::DeleteItem removal{.table = "table", .key = key()};
  lift::UpdateItem update{.table = "table", .key = key(), .update = "SET a = :b"};
  for (const bool with_all : {false, true}) {
    (void)db.put_item(with_all ? full(put) : put);
    (void)db.delete_item(with_all ? full(removal) : removal);
    (void)db.update_item(with_all ? full(update) : update);
  }
  using enum lift::ReturnValues;
  for (const lift::ReturnValues values : {none, all_old, updated_old, all_new, updated_new}) {
    update.return_values = values;
    (void)db.update_item(update);
  }
}

void print_reads(lift::DynamoDb& db) {
  lift::GetItem get{.table = "table", .key = key(), .projection = ""};
  lift::Query query{.table = "table", .key_condition = "pk = :pk"};
  query.values = {{":pk", V::string("a")}};
  (void)db.get_item(get);
  (void)db.query(query);
  get.consistent = get.report_capacity = true;
  get.projection = query.projection = "#k, b";
  get.names = query.names = {{"#k", "pk"}};
  query.index = "index";
  query.filter = "b > :pk";
  query.limit = 1;
  query.forward = false;
  query.consistent = query.report_capacity = true;
  query.start_key = key();
  (void)db.get_item(get);
  (void)db.query(query);
}

void print_batches(lift::DynamoDb& db) {
  lift::BatchGetItem get;
  get.tables["table-1"].keys = {key(), {{"pk", V::binary("x")}}};
  get.tables["table-2"] = {.keys = {key()}, .consistent = true, .projection = "#k"};
  get.tables["table-2"].names = {{"#k", "pk"}};
  get.report_capacity = true;
  (void)db.batch_get_item(get);
  lift::BatchWriteItem write;
  const lift::BatchWrite put{.kind = lift::BatchWrite::Kind::put, .item = every_type()};
  const lift::BatchWrite removal{.kind = lift::BatchWrite::Kind::remove, .item = key()};
  write.tables["table-1"] = {put, removal};
  write.tables["table-2"] = {removal};
  write.report_capacity = true;
  (void)db.batch_write_item(write);
}

void print_tables(lift::DynamoDb& db) {
  lift::CreateTable create{.table = "table", .partition = {.name = "pk"}};
  (void)db.create_table(create);
  for (const lift::AttributeType type :
       {lift::AttributeType::string, lift::AttributeType::number, lift::AttributeType::binary}) {
    create.sort = lift::KeyAttribute{.name = "sk", .type = type};
    (void)db.create_table(create);
  }
  (void)db.describe_table("table");
  (void)db.delete_table("table");
  (void)db.enable_time_to_live("table", "x");
  (void)db.describe_time_to_live("table");
}

}  // namespace

int main() {
  lift::SimWorld world;
  Printer printer;
  lift::DynamoDb db(printer, lift::Url::parse("http://h/").value());
  print_writes(db);
  print_reads(db);
  print_batches(db);
  print_tables(db);
}
