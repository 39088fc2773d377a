#include "lift/http/json_document.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include "lift/base/utf8.h"

namespace lift {
namespace {

namespace bj = boost::json;

}  // namespace

/// Takes the parser's events. Its member names are what boost::json::basic_parser calls.
class JsonHandler {
 public:
  static constexpr std::size_t max_object_size = JsonDocument::kMaxBytes;
  static constexpr std::size_t max_array_size = JsonDocument::kMaxBytes;
  static constexpr std::size_t max_key_size = JsonDocument::kMaxBytes;
  static constexpr std::size_t max_string_size = JsonDocument::kMaxBytes;

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return open(JsonToken::object); }
  bool on_array_begin(bj::error_code&) { return open(JsonToken::array); }
  bool on_array_end(std::size_t, bj::error_code&) { return close(); }
  bool on_object_end(std::size_t, bj::error_code& ec) {
    close();
    if (find_repeated_key()) ec = bj::error::syntax;
    return repeated.empty();
  }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) { return append(part); }
  bool on_key(bj::string_view part, std::size_t, bj::error_code&) {
    append(part);
    key_ = take_text();
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) { return append(part); }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    return scalar(JsonToken::string, part);
  }
  bool on_number_part(bj::string_view part, bj::error_code&) { return append(part); }
  bool on_int64(std::int64_t, bj::string_view part, bj::error_code&) {
    return scalar(JsonToken::number, part);
  }
  bool on_uint64(std::uint64_t, bj::string_view part, bj::error_code&) {
    return scalar(JsonToken::number, part);
  }
  bool on_double(double, bj::string_view part, bj::error_code&) {
    return scalar(JsonToken::number, part);
  }
  bool on_bool(bool value, bj::error_code&) {
    return scalar(JsonToken::boolean, value ? "true" : "false");
  }
  bool on_null(bj::error_code&) { return scalar(JsonToken::null, ""); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

  JsonDocument document;
  std::string repeated;  // the key that made parsing fail

 private:
  using Node = JsonDocument::Node;
  using Text = JsonDocument::Text;

  bool append(bj::string_view part) {
    document.text_.append(part.data(), part.size());
    return true;
  }
  Text take_text() {
    const auto end = static_cast<std::uint32_t>(document.text_.size());
    const Text text{taken_, end - taken_};
    taken_ = end;
    return text;
  }
  bool scalar(JsonToken token, bj::string_view part) {
    append(part);
    const Text text = take_text();
    document.nodes_.push_back({token, std::exchange(key_, {}), text, size() + 1});
    return true;
  }
  bool open(JsonToken token) {
    open_.push_back(size());
    document.nodes_.push_back({token, std::exchange(key_, {}), {}, 0});
    return true;
  }
  bool close() {
    closed_ = open_.back();
    open_.pop_back();
    document.nodes_[closed_].next = size();
    return true;
  }
  bool find_repeated_key() {
    keys_.clear();
    document.for_each(closed_, [this](const Node& member, JsonDocument::Index) {
      keys_.push_back(document.view(member.key));
    });
    std::ranges::sort(keys_);
    const auto found = std::ranges::adjacent_find(keys_);
    if (found == keys_.end()) return false;
    repeated = '"' + std::string(utf8_prefix(*found, 64)) + '"';
    return true;
  }
  [[nodiscard]] JsonDocument::Index size() const {
    return static_cast<JsonDocument::Index>(document.nodes_.size());
  }

  Text key_;
  std::uint32_t taken_ = 0;
  JsonDocument::Index closed_ = 0;
  std::vector<JsonDocument::Index> open_;
  std::vector<std::string_view> keys_;
};

std::expected<JsonDocument, HttpError> JsonDocument::parse(std::string_view text,
                                                           std::size_t max_depth) {
  if (text.size() > kMaxBytes) {
    return std::unexpected(parameter_error("the document is larger than 64 MiB"));
  }
  bj::parse_options options;
  options.max_depth = max_depth;
  bj::basic_parser<JsonHandler> parser(options);
  bj::error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  JsonHandler& events = parser.handler();
  if (!ec && read == text.size()) return std::move(events.document);
  std::string why = "not valid JSON at byte " + std::to_string(read);
  if (!events.repeated.empty()) {
    why = "the key " + events.repeated + " stands twice in one object";
  } else if (ec == bj::error::too_deep) {
    why = "the document is nested deeper than " + std::to_string(max_depth);
  } else if (ec == bj::error::exponent_overflow) {
    why = "a number's exponent is out of range at byte " + std::to_string(read);
  }
  return std::unexpected(parameter_error(std::move(why)));
}

}  // namespace lift
