#include <algorithm>

#include "lift/base/utf8.h"
#include "lift/telemetry/detail/line_fields.h"
#include "lift/telemetry/detail/shown.h"

namespace lift::detail {
namespace {

// A field needs this much room at least, else it is dropped: its name may take most of it.
constexpr std::size_t kFieldRoom = 1024;
constexpr std::size_t kMaxTags = 20;

void write_field(LineWriter& line, const Field& field) {
  line.text(utf8_prefix(field.name, kFieldNameCap));
  line.raw(":");
  PanText pan;
  line.value(shown(field, pan));
}

}  // namespace

void write_tags(JsonWriter& json, const Resource& resource) {
  if (resource.tags.empty()) return;
  json.key("tags").begin_object();
  for (std::size_t i = 0; i < std::min(resource.tags.size(), kMaxTags); ++i) {
    const auto& [name, value] = resource.tags[i];
    if (!value.empty()) json.member(utf8_prefix(name, kFieldNameCap), utf8_prefix(value, kTagCap));
  }
  json.end_object();
}

void write_fields(LineWriter& line, std::string_view open, std::span<const Field> fields) {
  if (fields.empty()) return;
  const std::span<const Field> some = fields.first(std::min(fields.size(), kMaxLineFields));
  std::size_t dropped = fields.size() - some.size();
  std::string_view separator = open;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (named_again(some, i)) continue;
    if (line.room() < kFieldRoom) {
      ++dropped;
      continue;
    }
    line.raw(separator);
    separator = ",";
    write_field(line, some[i]);
  }
  if (separator == ",") line.raw("}");
  if (dropped == 0) return;
  line.raw(R"(,"fields_dropped":)");
  line.natural(dropped);
}

}  // namespace lift::detail
