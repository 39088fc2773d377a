#pragma once
// Fields as members of a JSON object.
//
// Thread-safety: none.
// Cost: about 10 ns a field, and a compare for each two.

#include <cstddef>
#include <span>
#include <string_view>

#include "lift/telemetry/detail/line_writer.h"
#include "lift/telemetry/field.h"

namespace lift::detail {

/// Bytes of a field's name.
inline constexpr std::size_t kFieldNameCap = 128;
/// The most fields of one object: as many members as Logs Insights finds in an event.
inline constexpr std::size_t kMaxLineFields = 100;

/// Writes `open`, which ends in a brace, the fields, and the closing brace; nothing if there are no
/// fields. What finds no room is counted behind it, in `fields_dropped`. Of two fields with one
/// name the later is written.
void write_fields(LineWriter& line, std::string_view open, std::span<const Field> fields);

}  // namespace lift::detail
