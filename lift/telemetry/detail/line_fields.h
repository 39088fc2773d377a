#pragma once
// Fields as members of a JSON object.
//
// Thread-safety: none.
// Cost: about 10 ns a field, and a compare for each two.

#include <cstddef>
#include <span>
#include <string_view>

#include "lift/base/json_writer.h"
#include "lift/telemetry/detail/line_writer.h"
#include "lift/telemetry/field.h"
#include "lift/telemetry/resource.h"

namespace lift::detail {

/// Bytes of a field's name.
inline constexpr std::size_t kFieldNameCap = 128;
/// The most fields of one object: as many members as Logs Insights finds in an event.
inline constexpr std::size_t kMaxLineFields = 100;

/// Bytes of a value of the resource.
inline constexpr std::size_t kTagCap = 256;

/// The first 20 tags of the resource as the member `tags`, an object; nothing if there are none.
void write_tags(JsonWriter& json, const Resource& resource);

/// Writes `open`, which ends in a brace, the fields, and the closing brace; nothing if there are no
/// fields. What finds no room is counted behind it, in `fields_dropped`. Of two fields with one
/// name the later is written.
void write_fields(LineWriter& line, std::string_view open, std::span<const Field> fields);

}  // namespace lift::detail
