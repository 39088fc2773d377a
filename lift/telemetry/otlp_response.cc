#include "lift/telemetry/otlp_response.h"

#include <optional>

#include "lift/base/utf8.h"

namespace lift {
namespace {

constexpr std::size_t kMessageCap = 1024;

// Wire types.
constexpr std::uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

std::unexpected<Error> broken() {
  return fail("bad_otlp_response", "the collector's answer is no Export…ServiceResponse");
}

std::optional<std::uint64_t> take_varint(std::string_view& in) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> take_bytes(std::string_view& in, std::uint64_t size) noexcept {
  if (size > in.size()) return std::nullopt;
  const std::string_view bytes = in.substr(0, static_cast<std::size_t>(size));
  in.remove_prefix(bytes.size());
  return bytes;
}

struct WireField {
  std::uint64_t number = 0;
  std::uint64_t wire = 0;
  std::uint64_t varint = 0;
  std::string_view bytes;
};

std::optional<WireField> take_field(std::string_view& in) noexcept {
  const auto tag = take_varint(in);
  if (!tag || *tag >> 3 == 0) return std::nullopt;
  WireField field{.number = *tag >> 3, .wire = *tag & 7, .varint = 0, .bytes = {}};
  std::optional<std::uint64_t> size;
  if (field.wire == kFixed64) size = 8;
  if (field.wire == kFixed32) size = 4;
  if (field.wire == kVarint || field.wire == kBytes) {
    const auto varint = take_varint(in);
    if (!varint) return std::nullopt;
    if (field.wire == kBytes) size = varint;
    field.varint = *varint;
    if (field.wire == kVarint) return field;
  }
  if (!size) return std::nullopt;
  const auto bytes = take_bytes(in, *size);
  if (!bytes) return std::nullopt;
  field.bytes = *bytes;
  return field;
}

bool read_partial_success(std::string_view in, OtlpPartialSuccess& out) {
  while (!in.empty()) {
    const auto field = take_field(in);
    if (!field) return false;
    if (field->number == 1 && field->wire == kVarint) {
      // An int64; less than nothing is nothing.
      out.rejected = static_cast<std::int64_t>(field->varint) < 0 ? 0 : field->varint;
    }
    if (field->number == 2 && field->wire == kBytes)
      out.message = utf8_prefix(to_utf8(utf8_prefix(field->bytes, kMessageCap)), kMessageCap);
  }
  return true;
}

}  // namespace

Result<OtlpPartialSuccess> parse_otlp_response(std::string_view body) {
  OtlpPartialSuccess success;
  while (!body.empty()) {
    const auto field = take_field(body);
    if (!field) return broken();
    if (field->number != 1 || field->wire != kBytes) continue;
    if (!read_partial_success(field->bytes, success)) return broken();
  }
  return success;
}

}  // namespace lift
