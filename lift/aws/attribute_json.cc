#include "lift/aws/detail/attribute_json.h"

#include <algorithm>
#include <array>

#include "lift/base/base64.h"
#include "lift/base/utf8.h"

namespace lift::detail {
namespace {

using Index = JsonDocument::Index;

constexpr std::size_t kMostLevels = 32;

/// In the order of AttributeType.
constexpr std::array<std::string_view, 10> kNames = {"NULL", "BOOL", "S",  "N",  "B",
                                                     "L",    "M",    "SS", "NS", "BS"};

std::unexpected<Error> bad_value(std::string message) {
  return fail("bad_value", std::move(message));
}
std::unexpected<Error> bad_answer(std::string message) {
  return fail("bad_answer", std::move(message));
}

/// The type of a text or of a set's members.
AttributeType scalar_of(AttributeType type) noexcept {
  if (type == AttributeType::string_set) return AttributeType::string;
  if (type == AttributeType::number_set) return AttributeType::number;
  if (type == AttributeType::binary_set) return AttributeType::binary;
  return type;
}

class Writing {
 public:
  explicit Writing(JsonWriter& json) noexcept : json_(json) {}

  Result<> item(const Item& item, std::size_t level) {
    json_.begin_object();
    for (const auto& [name, value] : item) {
      if (name.empty() || !is_utf8(name)) return bad_value("an attribute's name is not text");
      json_.key(name);
      if (Result<> written = this->value(value, level); !written) return written;
    }
    json_.end_object();
    return {};
  }

 private:
  Result<> value(const AttributeValue& value, std::size_t level) {
    if (level > kMostLevels) return bad_value("values are nested deeper than 32");
    json_.begin_object().key(kNames[static_cast<std::size_t>(value.type())]);
    Result<> written = content(value, level);
    json_.end_object();
    return written;
  }
  Result<> content(const AttributeValue& value, std::size_t level) {
    if (value.is(AttributeType::null)) {
      json_.value(true);
    } else if (const auto truth = value.as_bool()) {
      json_.value(*truth);
    } else if (const std::string* text = value.text()) {
      return scalar(value.type(), *text);
    } else if (const Item* members = value.as_map()) {
      return item(*members, level + 1);
    } else if (const auto* members = value.as_list()) {
      return list(*members, level);
    } else if (const auto* members = value.as_set()) {
      return set(scalar_of(value.type()), *members);
    }
    return {};
  }
  Result<> scalar(AttributeType type, const std::string& text) {
    if (type == AttributeType::binary) {
      json_.value(base64_encode(text));
      return {};
    }
    if (type == AttributeType::number && !is_decimal(text))
      return bad_value("a number that DynamoDB cannot hold");
    if (!is_utf8(text)) return bad_value("a text that is not UTF-8");
    json_.value(text);
    return {};
  }
  Result<> list(const AttributeValue::List& members, std::size_t level) {
    json_.begin_array();
    for (const AttributeValue& member : members) {
      if (Result<> written = value(member, level + 1); !written) return written;
    }
    json_.end_array();
    return {};
  }
  Result<> set(AttributeType type, const std::vector<std::string>& members) {
    if (members.empty()) return bad_value("an empty set");
    if (std::ranges::adjacent_find(members) != members.end())
      return bad_value("a member that is twice in its set");
    json_.begin_array();
    for (const std::string& member : members) {
      if (Result<> written = scalar(type, member); !written) return written;
    }
    json_.end_array();
    return {};
  }

  JsonWriter& json_;
};

/// Recursion is bounded: the document's depth was when it was parsed.
class Reading {
 public:
  explicit Reading(const JsonDocument& document) noexcept : document_(document) {}

  Result<Item> item(Index at) {
    if (document_[at].token != JsonToken::object) return bad_answer("an item is no object");
    Item out;
    for (Index i = at + 1; i < document_[at].next; i = document_[i].next) {
      Result<AttributeValue> read = value(i);
      if (!read) return std::unexpected(std::move(read.error()));
      out.emplace(document_.view(document_[i].key), *std::move(read));
    }
    return out;
  }

 private:
  Result<AttributeValue> value(Index at) {
    const Index inner = at + 1;
    if (document_[at].token != JsonToken::object || inner == document_[at].next ||
        document_[inner].next != document_[at].next) {
      return bad_answer("a value is no object of one member");
    }
    const auto name = std::ranges::find(kNames, document_.view(document_[inner].key));
    if (name == kNames.end()) return bad_answer("a value of an unknown type");
    return content(static_cast<AttributeType>(name - kNames.begin()), inner);
  }
  Result<AttributeValue> content(AttributeType type, Index at) {
    switch (type) {
      case AttributeType::null:
        if (!is_true(at)) return bad_answer("a NULL that is not true");
        return AttributeValue();
      case AttributeType::boolean:
        if (document_[at].token != JsonToken::boolean) return bad_answer("a BOOL that is none");
        return AttributeValue::boolean(is_true(at));
      case AttributeType::list:
        return list(at);
      case AttributeType::map:
        return map(at);
      default:
        return document_[at].token == JsonToken::array ? set(type, at) : text(type, at);
    }
  }
  [[nodiscard]] bool is_true(Index at) const noexcept {
    return document_[at].token == JsonToken::boolean && document_.text(at) == "true";
  }
  Result<AttributeValue> map(Index at) {
    Result<Item> members = item(at);
    if (!members) return std::unexpected(std::move(members.error()));
    return AttributeValue::map(*std::move(members));
  }
  Result<AttributeValue> list(Index at) {
    if (document_[at].token != JsonToken::array) return bad_answer("an L that is no array");
    AttributeValue::List out;
    for (Index i = at + 1; i < document_[at].next; i = document_[i].next) {
      Result<AttributeValue> read = value(i);
      if (!read) return std::unexpected(std::move(read.error()));
      out.push_back(*std::move(read));
    }
    return AttributeValue::list(std::move(out));
  }
  Result<std::string> scalar(AttributeType type, Index at) {
    if (document_[at].token != JsonToken::string) return bad_answer("an S, N or B that is no text");
    const std::string_view text = document_.text(at);
    if (type == AttributeType::number && !is_decimal(text)) return bad_answer("an N that is none");
    if (type != AttributeType::binary) return std::string(text);
    std::optional<std::string> bytes = base64_decode(text);
    if (!bytes) return bad_answer("a B that is not base64");
    return *std::move(bytes);
  }
  Result<AttributeValue> text(AttributeType type, Index at) {
    const Result<std::string> read = scalar(type, at);
    if (!read) return std::unexpected(read.error());
    if (type == AttributeType::string) return AttributeValue::string(*read);
    if (type == AttributeType::number) return AttributeValue::decimal(*read);
    if (type == AttributeType::binary) return AttributeValue::binary(*read);
    return bad_answer("a set that is no array");
  }
  Result<AttributeValue> set(AttributeType type, Index at) {
    if (scalar_of(type) == type) return bad_answer("an S, N or B that is an array");
    std::vector<std::string> members;
    for (Index i = at + 1; i < document_[at].next; i = document_[i].next) {
      Result<std::string> read = scalar(scalar_of(type), i);
      if (!read) return std::unexpected(std::move(read.error()));
      members.push_back(*std::move(read));
    }
    std::ranges::sort(members);
    if (members.empty() || std::ranges::adjacent_find(members) != members.end())
      return bad_answer("a set that is empty, or holds a member twice");
    if (type == AttributeType::string_set) return AttributeValue::string_set(std::move(members));
    if (type == AttributeType::number_set) return AttributeValue::number_set(std::move(members));
    return AttributeValue::binary_set(std::move(members));
  }

  const JsonDocument& document_;
};

}  // namespace

Result<> write_item(JsonWriter& json, const Item& item) { return Writing(json).item(item, 1); }

Result<Item> read_item(const JsonDocument& document, Index at) {
  return Reading(document).item(at);
}

}  // namespace lift::detail

namespace lift {

Result<std::string> write_item(const Item& item) {
  std::string out;
  JsonWriter json(out);
  if (Result<> written = detail::write_item(json, item); !written)
    return std::unexpected(std::move(written.error()));
  return out;
}

Result<Item> read_item(std::string_view json) {
  const auto document = JsonDocument::parse(json, detail::kDynamoJsonDepth);
  if (!document) return fail("bad_answer", document.error().message());
  return detail::read_item(*document, 0);
}

}  // namespace lift
