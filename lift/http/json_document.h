#pragma once
// A parsed JSON document of whatever shape, as one flat list of nodes, each container followed by
// its members. For documents that no struct describes; typed JSON is in json.h.
//
//   auto document = JsonDocument::parse(R"({"a":[1,2]})");
//   document->for_each(0, [&](const JsonDocument::Node& member, JsonDocument::Index at) { … });
//
// Thread-safety: a plain value.
// Cost: 24 bytes a value and its text, in two growing blocks.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/http/errors.h"

namespace lift {

enum class JsonToken : std::uint8_t { null, boolean, number, string, array, object };

class JsonDocument {
 public:
  static constexpr std::size_t kMaxBytes = 64U << 20U;
  static constexpr std::size_t kMaxDepth = 32;

  using Index = std::uint32_t;
  struct Text {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  struct Node {
    JsonToken token;
    Text key;    // of a member of an object
    Text text;   // decoded string, number as written, "true" or "false"
    Index next;  // the first node that is not part of this one
  };

  /// Parses strictly by RFC 8259; a key twice in one object is refused. Errors: 400
  /// PARAMETER_ERROR.
  static std::expected<JsonDocument, HttpError> parse(std::string_view text,
                                                      std::size_t max_depth = kMaxDepth);

  [[nodiscard]] const Node& operator[](Index node) const noexcept { return nodes_[node]; }
  [[nodiscard]] std::string_view view(Text text) const noexcept {
    return {text_.data() + text.at, text.size};
  }
  [[nodiscard]] std::string_view text(Index node) const noexcept { return view(nodes_[node].text); }
  /// The member of an object with that key; nothing if there is none, or `object` is no object.
  [[nodiscard]] std::optional<Index> find(Index object, std::string_view key) const noexcept {
    if (nodes_[object].token != JsonToken::object) return std::nullopt;
    for (Index i = object + 1; i < nodes_[object].next; i = nodes_[i].next) {
      if (view(nodes_[i].key) == key) return i;
    }
    return std::nullopt;
  }
  /// Calls visit(child, its index) for each direct member of a container, in order.
  template <class Visit>
  void for_each(Index container, Visit&& visit) const {
    for (Index i = container + 1; i < nodes_[container].next; i = nodes_[i].next)
      visit(nodes_[i], i);
  }

 private:
  friend class JsonHandler;
  std::vector<Node> nodes_;
  std::string text_;
};

}  // namespace lift
