#include "lift/aws/detail/table_shape.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lift/aws/dynamodb.h"
#include "lift/base/json_writer.h"
#include "lift/base/utf8.h"

namespace lift::detail {
namespace {

AttributeValue value_of(const JsonType& type, const void* at);

Item map_of(const JsonFields& fields, const void* at) {
  Item out;
  for (const JsonField& field : fields) {
    const void* member = static_cast<const char*>(at) + field.offset;
    const auto add = [&](const JsonType& type, const void* inside) {
      out.emplace(field.name, value_of(type, inside));
    };
    if (field.type->kind != JsonKind::optional) {
      add(*field.type, member);
    } else {
      field.type->each(member, [&](const void* inside) { add(*field.type->inner, inside); });
    }
  }
  return out;
}

std::string decimal(double number) {
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end};
}

AttributeValue list_of(const JsonType& type, const void* at) {
  AttributeValue::List out;
  type.each(at, [&](const void* member) { out.push_back(value_of(*type.inner, member)); });
  return AttributeValue::list(std::move(out));
}

AttributeValue optional_of(const JsonType& type, const void* at) {
  AttributeValue out;
  type.each(at, [&](const void* inside) { out = value_of(*type.inner, inside); });
  return out;
}

AttributeValue value_of(const JsonType& type, const void* at) {
  switch (type.kind) {
    case JsonKind::boolean:
      return AttributeValue::boolean(*static_cast<const bool*>(at));
    case JsonKind::signed_integer:
      return AttributeValue::number(static_cast<std::int64_t>(type.load(at)));
    case JsonKind::unsigned_integer:
      return AttributeValue::number(type.load(at));
    case JsonKind::number:
      return AttributeValue::decimal(decimal(*static_cast<const double*>(at)));
    case JsonKind::string:
      return AttributeValue::string(*static_cast<const std::string*>(at));
    case JsonKind::array:
      return list_of(type, at);
    case JsonKind::optional:
      return optional_of(type, at);
    case JsonKind::object:
      return AttributeValue::map(map_of(type.fields(), at));
  }
  return {};
}

/// Writes what JSON has; false for sets and bytes, which no description has. As deep as an item.
bool write_json_of(JsonWriter& json, const AttributeValue& value) {
  if (value.is(AttributeType::null)) {
    json.null();
  } else if (const auto truth = value.as_bool()) {
    json.value(*truth);
  } else if (value.is(AttributeType::string)) {
    json.value(*value.text());
  } else if (value.is(AttributeType::number)) {
    json.raw(*value.text());
  } else if (const auto* list = value.as_list()) {
    json.begin_array();
    for (const AttributeValue& member : *list) {
      if (!write_json_of(json, member)) return false;
    }
    json.end_array();
  } else if (const Item* map = value.as_map()) {
    json.begin_object();
    for (const auto& [name, member] : *map) {
      json.key(name);
      if (!write_json_of(json, member)) return false;
    }
    json.end_object();
  } else {
    return false;
  }
  return true;
}

std::unexpected<Error> bad_item(const HttpError& error) {
  std::string why = error.message();
  for (const Violation& broken : error.violations())
    why.append("; ").append(broken.pointer).append(": ") += broken.message;
  return fail("bad_item", std::move(why));
}

Result<std::string> json_of(const TableShape& shape, const Item& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const JsonField& field : shape.type->fields()) {
    const auto value = record.find(field.name);
    if (value == record.end()) continue;
    json.key(field.name);
    if (!write_json_of(json, value->second))
      return fail("bad_item", "the attribute " + field.name + " is bytes or a set");
  }
  json.end_object();
  return out;
}

Result<KeyPart> part_of(const Item& record, const std::string& name) {
  const auto value = record.find(name);
  if (value != record.end() && value->second.is(AttributeType::string))
    return KeyPart(*value->second.text());
  if (value != record.end() && value->second.is(AttributeType::number)) {
    const std::string& digits = *value->second.text();
    if (const auto number = value->second.as_int64()) return KeyPart(*number);
    std::uint64_t large = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), large);
    if (error == std::errc() && end == digits.data() + digits.size()) return KeyPart(large);
  }
  return fail("bad_item", "the attribute " + name + ", a part of the key, is missing");
}

Result<ItemKey> joined(const TableShape& shape, std::string_view tenant,
                       std::span<const KeyPart> parts) {
  const std::size_t count = shape.partition.size();
  auto partition = partition_text(tenant, shape.kind, parts.first(count));
  if (!partition) return std::unexpected(std::move(partition.error()));
  ItemKey out{.partition = *std::move(partition), .sort = std::string(kNoSort)};
  if (shape.sort.empty()) return out;
  auto sort = sort_text(parts[count]);
  if (!sort) return std::unexpected(std::move(sort.error()));
  out.sort = *std::move(sort);
  return out;
}

std::vector<std::string> key_names(const TableShape& shape) {
  std::vector<std::string> names = shape.partition;
  if (!shape.sort.empty()) names.push_back(shape.sort);
  return names;
}

}  // namespace

Problems TableShape::validate() const {
  Problems problems;
  if (!is_table_name(table))
    problems.add("table", table, "must be 3 to 255 letters, digits, '_', '-' or '.'");
  if (kind.empty() || kind.size() > 255 || !is_utf8(kind))
    problems.add("kind", kind, "must be 1 to 255 bytes of UTF-8");
  for (const JsonField& field : type->fields()) {
    const bool taken = field.name == kPartitionName || field.name == kSortName ||
                       (field.name == kExpiryName && expires != kExpiryName);
    if (taken) problems.add("description", field.name, "must be another name than pk, sk and x");
  }
  std::vector<std::string> roles = partition;
  for (const std::string& name : {sort, expires, version}) {
    if (!name.empty()) roles.push_back(name);
  }
  std::ranges::sort(roles);
  if (std::ranges::find(roles, kNotDescribed) != roles.end())
    problems.add("schema", "a member", "must be described, to be part of the key or another role");
  if (const auto twice = std::ranges::adjacent_find(roles); twice != roles.end())
    problems.add("schema", *twice, "must have one role only");
  return problems;
}

Item ItemKey::item() const {
  return {{std::string(kPartitionName), AttributeValue::string(partition)},
          {std::string(kSortName), AttributeValue::string(sort)}};
}

Result<Item> write_record(const TableShape& shape, const void* value) {
  Item record = map_of(shape.type->fields(), value);
  const Result<std::string> json = json_of(shape, record);
  if (!json) return std::unexpected(json.error());
  if (const auto error = shape.check(*json)) return bad_item(*error);
  return record;
}

Result<> read_record(const TableShape& shape, const Item& record, void* value) {
  const Result<std::string> json = json_of(shape, record);
  if (!json) return std::unexpected(json.error());
  if (const auto error = shape.read(*json, value)) return bad_item(*error);
  return {};
}

Result<> check_part(const TableShape& shape, std::string_view name, const KeyPart& part) {
  const auto& fields = shape.type->fields();
  const auto field = std::ranges::find(fields, name, &JsonField::name);
  const bool text = field != fields.end() && field->type->kind == JsonKind::string;
  if (part.is_number() != text) return {};
  return fail("bad_key", "the part " + std::string(name) + " of the key must be a " +
                             (text ? "text" : "number"));
}

Result<> check_parts(const TableShape& shape, const std::vector<std::string>& names,
                     const TableKey& key) {
  if (key.parts().size() != names.size())
    return fail("bad_key", "the key has " + std::to_string(key.parts().size()) +
                               " parts, must have " + std::to_string(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (Result<> same = check_part(shape, names[i], key.parts()[i]); !same) return same;
  }
  return {};
}

Result<ItemKey> key_of(const TableShape& shape, std::string_view tenant, const TableKey& key) {
  if (Result<> same = check_parts(shape, key_names(shape), key); !same)
    return std::unexpected(std::move(same.error()));
  return joined(shape, tenant, key.parts());
}

Result<std::string> partition_of(const TableShape& shape, std::string_view tenant,
                                 const TableKey& partition) {
  if (Result<> same = check_parts(shape, shape.partition, partition); !same)
    return std::unexpected(std::move(same.error()));
  return partition_text(tenant, shape.kind, partition.parts());
}

Result<ItemKey> key_of_record(const TableShape& shape, std::string_view tenant,
                              const Item& record) {
  std::vector<KeyPart> parts;
  const std::vector<std::string> names = key_names(shape);
  for (const std::string& name : names) {
    Result<KeyPart> part = part_of(record, name);
    if (!part) return std::unexpected(std::move(part.error()));
    parts.push_back(*std::move(part));
  }
  return joined(shape, tenant, parts);
}

Item stored_of(const TableShape& shape, const ItemKey& key, const Item& record) {
  Item out = record;
  if (!shape.expires.empty()) {
    auto expiry = out.extract(shape.expires);
    if (!expiry.empty()) expiry.key() = kExpiryName;
    out.insert(std::move(expiry));
  }
  out.merge(key.item());
  return out;
}

Result<Item> record_of(const TableShape& shape, std::string_view tenant, Item stored) {
  const auto partition = stored.extract(std::string(kPartitionName));
  const auto sort = stored.extract(std::string(kSortName));
  if (!shape.expires.empty()) {
    auto expiry = stored.extract(std::string(kExpiryName));
    if (!expiry.empty()) expiry.key() = shape.expires;
    stored.insert(std::move(expiry));
  }
  const Result<ItemKey> key = key_of_record(shape, tenant, stored);
  if (!key) return std::unexpected(key.error());
  const bool same = !partition.empty() && !sort.empty() &&
                    partition.mapped() == AttributeValue::string(key->partition) &&
                    sort.mapped() == AttributeValue::string(key->sort);
  if (!same) return fail("foreign_item", "what is stored is not the item " + key->text());
  return stored;
}

}  // namespace lift::detail
