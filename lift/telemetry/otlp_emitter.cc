#include <array>
#include <charconv>
#include <cmath>

#include "lift/base/utf8.h"
#include "lift/telemetry/detail/otlp_emitter.h"

namespace lift::detail {

void ProtobufEmitter::text(int field, std::string_view, std::string_view value) {
  if (is_utf8(value)) return writer_.bytes_field(field, value);
  writer_.bytes_field(field, to_utf8(value));
}

void ProtobufEmitter::counts(int field, std::string_view, std::span<const std::uint64_t> values) {
  const std::size_t packed = writer_.begin(field);
  for (const std::uint64_t value : values) writer_.varint(value);
  writer_.end(packed);
}

void JsonEmitter::id(int, std::string_view name, std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  json_.key(name).raw("\"");
  for (const std::uint8_t byte : bytes) {
    out_ += kDigits[byte >> 4];
    out_ += kDigits[byte & 15];
  }
  out_ += '"';
}

void JsonEmitter::quoted(std::uint64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  json_.value(std::string_view(digits.data(), end));
}

void JsonEmitter::int64(int, std::string_view name, std::int64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  json_.member(name, std::string_view(digits.data(), end));
}

void JsonEmitter::fixed64(int, std::string_view name, std::uint64_t value) {
  json_.key(name);
  quoted(value);
}

void JsonEmitter::real(int, std::string_view name, double value) {
  if (std::isfinite(value)) {
    json_.member(name, value);
  } else {
    json_.member(name, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  }
}

void JsonEmitter::counts(int, std::string_view name, std::span<const std::uint64_t> values) {
  json_.key(name).begin_array();
  for (const std::uint64_t value : values) quoted(value);
  json_.end_array();
}

}  // namespace lift::detail
