#include <algorithm>
#include <charconv>

#include "lift/base/utf8.h"
#include "lift/http/json.h"
#include "lift/http/json_document.h"

namespace lift::detail {
namespace {

constexpr std::size_t kMaxViolations = 64;

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
}

std::string_view name_of(JsonToken token) {
  switch (token) {
    case JsonToken::null:
      return "null";
    case JsonToken::boolean:
      return "true or false";
    case JsonToken::number:
      return "a number";
    case JsonToken::string:
      return "a string";
    case JsonToken::array:
      return "an array";
    case JsonToken::object:
      break;
  }
  return "an object";
}

JsonToken token_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::boolean:
      return JsonToken::boolean;
    case JsonKind::string:
      return JsonToken::string;
    case JsonKind::array:
      return JsonToken::array;
    case JsonKind::optional:
    case JsonKind::object:
      return JsonToken::object;
    case JsonKind::signed_integer:
    case JsonKind::unsigned_integer:
    case JsonKind::number:
      break;
  }
  return JsonToken::number;
}

std::string_view name_of(JsonKind kind) {
  const bool integer = kind == JsonKind::signed_integer || kind == JsonKind::unsigned_integer;
  return integer ? "an integer" : name_of(token_of(kind));
}

std::string written(auto number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

std::string count_of(const std::vector<Violation>& broken) {
  if (broken.size() == 1) return "1 rule is";
  return written(broken.size()) + (broken.size() < kMaxViolations ? "" : " or more") + " rules are";
}

/// Nothing if it does not fit N. `text` is a JSON number.
template <class N>
std::optional<N> parse_number(std::string_view text) {
  N value{};
  if (std::unsigned_integral<N> && text == "-0") return value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Walks a document and a type side by side, stores what fits and notes what does not.
class JsonReader {
 public:
  explicit JsonReader(const JsonDocument& document) : document_(document) {}

  void read(JsonDocument::Index at, const JsonType& type, const JsonRules& rules, void* out) {
    if (violations_.size() >= kMaxViolations) return;
    const JsonDocument::Node& node = document_[at];
    if (type.clear != nullptr) type.clear(out);
    if (type.kind == JsonKind::optional) {
      if (node.token == JsonToken::null) return;
      type.add(out, [&](void* inside) { read(at, *type.inner, rules, inside); });
    } else if (node.token != token_of(type.kind)) {
      wrong_type(type.kind, name_of(node.token));
    } else if (type.kind == JsonKind::object) {
      read_object(at, type.fields(), out);
    } else if (type.kind == JsonKind::array) {
      read_array(at, type, rules, out);
    } else {
      read_scalar(document_.view(node.text), type, rules, out);
    }
  }

  [[nodiscard]] std::vector<Violation> take() { return std::move(violations_); }

 private:
  void read_object(JsonDocument::Index at, const JsonFields& fields, void* out) {
    std::vector<bool> seen(fields.size());
    document_.for_each(at, [&](const JsonDocument::Node& member, JsonDocument::Index index) {
      const std::string_view name = document_.view(member.key);
      const auto field = std::ranges::find(fields, name, &JsonField::name);
      const Below below(*this, name);
      if (field == fields.end()) {
        if (fields.others_ignored) return;
        return broken("unknown_field", "is not a field of this object");
      }
      seen[static_cast<std::size_t>(field - fields.begin())] = true;
      read(index, *field->type, field->rules, static_cast<char*>(out) + field->offset);
    });
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (seen[i] || fields[i].type->kind == JsonKind::optional) continue;
      const Below below(*this, fields[i].name);
      broken("missing", "is required");
    }
  }

  void read_array(JsonDocument::Index at, const JsonType& type, const JsonRules& rules, void* out) {
    std::size_t items = 0;
    document_.for_each(at, [&](const JsonDocument::Node&, JsonDocument::Index index) {
      if (++items > rules.max_items) return;
      const Below below(*this, written(items - 1));
      type.add(out, [&](void* item) { read(index, *type.inner, rules, item); });
    });
    if (items > rules.max_items) {
      broken("too_many", "has " + written(items) + " items, at most " + written(rules.max_items) +
                             " are allowed");
    }
  }

  void read_scalar(std::string_view text, const JsonType& type, const JsonRules& rules, void* out) {
    switch (type.kind) {
      case JsonKind::boolean:
        *static_cast<bool*>(out) = text == "true";
        break;
      case JsonKind::string:
        read_string(text, rules, *static_cast<std::string*>(out));
        break;
      case JsonKind::signed_integer:
        return read_integer(text, type, rules.signed_range, out);
      case JsonKind::unsigned_integer:
        return read_integer(text, type, rules.unsigned_range, out);
      default:
        read_number(text, rules.number_range, *static_cast<double*>(out));
    }
  }

  void read_string(std::string_view text, const JsonRules& rules, std::string& out) {
    const std::size_t length = code_points(text);
    if (length > rules.max_length) {
      broken("too_long", "has " + written(length) + " characters, at most " +
                             written(rules.max_length) + " are allowed");
    } else if (length < rules.min_length) {
      broken("too_short", "has " + written(length) + " characters, at least " +
                              written(rules.min_length) + " are needed");
    } else if (!rules.one_of.empty() &&
               std::ranges::find(rules.one_of, text) == rules.one_of.end()) {
      not_allowed(rules.one_of);
    } else {
      out = text;
    }
  }

  template <class N>
  void read_integer(std::string_view text, const JsonType& type, const JsonRange<N>& range,
                    void* out) {
    if (text.find_first_of(".eE") != text.npos) {
      return wrong_type(type.kind, "a number with a fraction or exponent");
    }
    const std::optional<N> value = parse_number<N>(text);
    if (!value || *value < range.least || *value > range.most) return out_of_range(text, range);
    type.store(out, static_cast<std::uint64_t>(*value));
  }

  void read_number(std::string_view text, const JsonRange<double>& range, double& out) {
    const std::optional<double> value = parse_number<double>(text);
    if (!value || *value < range.least || *value > range.most) return out_of_range(text, range);
    out = *value;
  }

  template <class N>
  void out_of_range(std::string_view text, const JsonRange<N>& range) {
    broken("out_of_range", "is " + std::string(utf8_prefix(text, 40)) + ", must be from " +
                               written(range.least) + " to " + written(range.most));
  }
  void wrong_type(JsonKind wanted, std::string_view found) {
    broken("wrong_type", "must be " + std::string(name_of(wanted)) + ", not " + std::string(found));
  }
  void not_allowed(const std::vector<std::string>& choices) {
    std::string message = "must be one of";
    for (const std::string& choice : choices) message += " \"" + choice + '"';
    broken("not_allowed", std::move(message));
  }
  void broken(std::string_view code, std::string message) {
    if (violations_.size() < kMaxViolations) {
      violations_.push_back({path_, std::string(code), std::move(message)});
    }
  }

  /// While it lives, the path points to one member further down.
  class Below {
   public:
    Below(JsonReader& reader, std::string_view name) : path_(reader.path_), size_(path_.size()) {
      constexpr std::size_t kMaxName = 256;  // a field's name fits; a client's invention is cut
      path_ += '/';
      for (const char c : utf8_prefix(name, kMaxName)) append(c);
    }
    Below(const Below&) = delete;
    Below& operator=(const Below&) = delete;
    ~Below() { path_.resize(size_); }

   private:
    void append(char c) {
      if (c == '~') {
        path_ += "~0";
      } else if (c == '/') {
        path_ += "~1";
      } else {
        path_ += c;
      }
    }
    std::string& path_;
    std::size_t size_;
  };

  const JsonDocument& document_;
  std::string path_;
  std::vector<Violation> violations_;
};

}  // namespace

std::optional<HttpError> read_json(std::string_view text, const JsonType& type,
                                   const JsonRules& rules, void* at) {
  const std::expected<JsonDocument, HttpError> document = JsonDocument::parse(text);
  if (!document) return document.error();
  JsonReader reader(*document);
  reader.read(0, type, rules, at);
  std::vector<Violation> violations = reader.take();
  if (violations.empty()) return std::nullopt;
  return validation_error("the document is not as described: " + count_of(violations) + " broken")
      .details(std::move(violations));
}

}  // namespace lift::detail
