// What is answered: read strictly, and what is not known is passed over.
#include <charconv>
#include <utility>

#include "lift/aws/detail/attribute_json.h"
#include "lift/aws/detail/dynamodb_json.h"

namespace lift::detail {
namespace {

using Index = JsonDocument::Index;
using Items = std::vector<Item>;

std::unexpected<Error> bad(std::string message) { return fail("bad_answer", std::move(message)); }

/// A text, "" where there is none or something else.
std::string text(const JsonDocument& document, Index object, std::string_view name) {
  const auto at = document.find(object, name);
  if (!at || document[*at].token != JsonToken::string) return {};
  return std::string(document.text(*at));
}

/// An item that may be missing.
Result<> optional_item(const JsonDocument& document, std::string_view name,
                       std::optional<Item>& out) {
  const auto at = document.find(0, name);
  if (!at) return {};
  Result<Item> read = read_item(document, *at);
  if (!read) return std::unexpected(std::move(read.error()));
  out = *std::move(read);
  return {};
}

Result<> read_items(const JsonDocument& document, Index array, Items& out) {
  if (document[array].token != JsonToken::array) return bad("items are no array");
  for (Index i = array + 1; i < document[array].next; i = document[i].next) {
    Result<Item> read = read_item(document, i);
    if (!read) return std::unexpected(std::move(read.error()));
    out.push_back(*std::move(read));
  }
  return {};
}

std::optional<double> units(const JsonDocument& document, Index capacity) {
  const auto at = document.find(capacity, "CapacityUnits");
  if (!at || document[*at].token != JsonToken::number) return std::nullopt;
  const std::string_view digits = document.text(*at);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// One object, or one a table in an array.
void read_capacity(const JsonDocument& document, DynamoAnswer& out) {
  const auto at = document.find(0, "ConsumedCapacity");
  if (!at) return;
  if (document[*at].token == JsonToken::object) out.capacity_units = units(document, *at);
  if (document[*at].token != JsonToken::array) return;
  for (Index i = *at + 1; i < document[*at].next; i = document[i].next) {
    if (const auto more = units(document, i))
      out.capacity_units = out.capacity_units.value_or(0) + *more;
  }
}

/// Calls read(table, index) for each member of the object `name`; nothing where it is missing.
template <class Read>
Result<> each_table(const JsonDocument& document, std::string_view name, Read read) {
  const auto tables = document.find(0, name);
  if (!tables) return {};
  if (document[*tables].token != JsonToken::object) return bad(std::string(name) + " is no object");
  for (Index i = *tables + 1; i < document[*tables].next; i = document[i].next) {
    Result<> done = read(std::string(document.view(document[i].key)), i);
    if (!done) return done;
  }
  return {};
}

Result<> read_writes(const JsonDocument& document, Index array, std::vector<BatchWrite>& out) {
  if (document[array].token != JsonToken::array) return bad("writes are no array");
  for (Index i = array + 1; i < document[array].next; i = document[i].next) {
    const auto put = document.find(i, "PutRequest");
    const auto request = put ? put : document.find(i, "DeleteRequest");
    const auto item = request ? document.find(*request, put ? "Item" : "Key") : std::nullopt;
    if (!item) return bad("a write that is neither PutRequest nor DeleteRequest");
    Result<Item> read = read_item(document, *item);
    if (!read) return std::unexpected(std::move(read.error()));
    out.push_back(
        {.kind = put ? BatchWrite::Kind::put : BatchWrite::Kind::remove, .item = *std::move(read)});
  }
  return {};
}

AttributeType key_type(const JsonDocument& document, Index table, std::string_view name) {
  const auto all = document.find(table, "AttributeDefinitions");
  if (!all) return AttributeType::null;
  for (Index i = *all + 1; i < document[*all].next; i = document[i].next) {
    if (text(document, i, "AttributeName") != name) continue;
    const std::string type = text(document, i, "AttributeType");
    if (type == "S") return AttributeType::string;
    if (type == "N") return AttributeType::number;
    if (type == "B") return AttributeType::binary;
  }
  return AttributeType::null;
}

void read_keys(const JsonDocument& document, Index table, TableDescription& out) {
  const auto schema = document.find(table, "KeySchema");
  if (!schema) return;
  for (Index i = *schema + 1; i < document[*schema].next; i = document[i].next) {
    KeyAttribute key{.name = text(document, i, "AttributeName"), .type = AttributeType::null};
    key.type = key_type(document, table, key.name);
    (text(document, i, "KeyType") == "HASH" ? out.partition : out.sort) = std::move(key);
  }
}

}  // namespace

Result<> read_dynamo(const JsonDocument& document, GotItem& out) {
  read_capacity(document, out);
  return optional_item(document, "Item", out.item);
}

Result<> read_dynamo(const JsonDocument& document, WriteAnswer& out) {
  read_capacity(document, out);
  return optional_item(document, out.applied ? "Attributes" : "Item", out.item);
}

Result<> read_dynamo(const JsonDocument& document, QueryPage& out) {
  read_capacity(document, out);
  const auto items = document.find(0, "Items");
  if (!items) return bad("a page without Items");
  if (Result<> read = read_items(document, *items, out.items); !read) return read;
  return optional_item(document, "LastEvaluatedKey", out.last_key);
}

Result<> read_dynamo(const JsonDocument& document, BatchGotItem& out) {
  read_capacity(document, out);
  const auto got = [&](std::string table, Index at) {
    return read_items(document, at, out.items[std::move(table)]);
  };
  if (!document.find(0, "Responses")) return bad("a batch without Responses");
  if (Result<> read = each_table(document, "Responses", got); !read) return read;
  return each_table(document, "UnprocessedKeys", [&](std::string table, Index at) -> Result<> {
    const auto keys = document.find(at, "Keys");
    if (!keys) return bad("UnprocessedKeys without Keys");
    return read_items(document, *keys, out.unprocessed[std::move(table)]);
  });
}

Result<> read_dynamo(const JsonDocument& document, BatchWroteItem& out) {
  read_capacity(document, out);
  if (!document.find(0, "UnprocessedItems")) return bad("a batch without UnprocessedItems");
  return each_table(document, "UnprocessedItems", [&](std::string table, Index at) {
    return read_writes(document, at, out.unprocessed[std::move(table)]);
  });
}

Result<> read_dynamo(const JsonDocument& document, TableDescription& out) {
  const auto described = document.find(0, "Table");
  const auto table = described ? described : document.find(0, "TableDescription");
  if (!table) return bad("no description of a table");
  out.name = text(document, *table, "TableName");
  out.status = text(document, *table, "TableStatus");
  if (out.status.empty()) return bad("a table without TableStatus");
  if (const auto billing = document.find(*table, "BillingModeSummary"))
    out.billing = text(document, *billing, "BillingMode");
  read_keys(document, *table, out);
  out.consistent_regions = text(document, *table, "MultiRegionConsistency") == "STRONG";
  if (const auto replicas = document.find(*table, "Replicas")) {
    for (Index i = *replicas + 1; i < document[*replicas].next; i = document[i].next)
      out.replicas.push_back(text(document, i, "RegionName"));
  }
  return {};
}

Result<> read_dynamo(const JsonDocument& document, TimeToLive& out) {
  const auto described = document.find(0, "TimeToLiveDescription");
  if (!described) return bad("no TimeToLiveDescription");
  out.status = text(document, *described, "TimeToLiveStatus");
  out.attribute = text(document, *described, "AttributeName");
  return {};
}

}  // namespace lift::detail
