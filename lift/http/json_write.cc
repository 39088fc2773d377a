#include "lift/base/json_writer.h"
#include "lift/http/json.h"

namespace lift::detail {
namespace {

void write(JsonWriter& json, const JsonType& type, const void* at);

void write_object(JsonWriter& json, const JsonFields& fields, const void* at) {
  json.begin_object();
  for (const JsonField& field : fields) {
    const void* member = static_cast<const char*>(at) + field.offset;
    if (field.type->kind == JsonKind::optional) {
      field.type->each(member, [&](const void* inside) {
        json.key(field.name);
        write(json, *field.type->inner, inside);
      });
    } else {
      json.key(field.name);
      write(json, *field.type, member);
    }
  }
  json.end_object();
}

void write_optional(JsonWriter& json, const JsonType& type, const void* at) {
  bool present = false;
  type.each(at, [&](const void* inside) {
    present = true;
    write(json, *type.inner, inside);
  });
  if (!present) json.null();
}

void write_array(JsonWriter& json, const JsonType& type, const void* at) {
  json.begin_array();
  type.each(at, [&](const void* item) { write(json, *type.inner, item); });
  json.end_array();
}

void write(JsonWriter& json, const JsonType& type, const void* at) {
  switch (type.kind) {
    case JsonKind::boolean:
      json.value(*static_cast<const bool*>(at));
      break;
    case JsonKind::signed_integer:
      json.value(static_cast<std::int64_t>(type.load(at)));
      break;
    case JsonKind::unsigned_integer:
      json.value(type.load(at));
      break;
    case JsonKind::number:
      json.value(*static_cast<const double*>(at));
      break;
    case JsonKind::string:
      json.value(*static_cast<const std::string*>(at));
      break;
    case JsonKind::array:
      write_array(json, type, at);
      break;
    case JsonKind::optional:
      write_optional(json, type, at);
      break;
    case JsonKind::object:
      write_object(json, type.fields(), at);
      break;
  }
}

}  // namespace

std::string write_json(const JsonType& type, const void* at) {
  std::string out;
  JsonWriter json(out);
  write(json, type, at);
  return out;
}

}  // namespace lift::detail
