#pragma once
// Attribute values inside the documents that DynamoDB takes and gives.
//
// Thread-safety: pure functions.
// Cost: see attribute_value.h.

#include "lift/aws/attribute_value.h"
#include "lift/base/json_writer.h"
#include "lift/http/json_document.h"

namespace lift::detail {

/// 32 levels of values are two of JSON each; the rest is what answers put around them.
inline constexpr std::size_t kDynamoJsonDepth = 80;

/// Writes an item as an object. Errors: `bad_value`; what was written then is of no use.
Result<> write_item(JsonWriter& json, const Item& item);

/// Reads the object at `at`. Errors: `bad_answer`.
Result<Item> read_item(const JsonDocument& document, JsonDocument::Index at);

}  // namespace lift::detail
