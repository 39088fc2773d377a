#pragma once
// OTLP's two forms behind one set of calls, so that what is said is said once: Protocol Buffers by
// field numbers, JSON by names, with OTLP's own rules for it: ids in hex, enums as numbers, 64-bit
// integers as text.
//
// Thread-safety: none.
// Cost: about 5 ns a field; allocates only when the string grows, or to repair a text that is not
// UTF-8.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lift/base/json_writer.h"
#include "lift/telemetry/protobuf_writer.h"

namespace lift::detail {

class ProtobufEmitter {
 public:
  explicit ProtobufEmitter(std::string& out) noexcept : writer_(out) {}

  /// Nested messages: give what these return to end().
  [[nodiscard]] std::size_t object(int field, std::string_view) { return writer_.begin(field); }
  [[nodiscard]] std::size_t item(int field) { return writer_.begin(field); }
  void end(std::size_t mark) { writer_.end(mark); }
  /// Stand around the items of a repeated field.
  void list(std::string_view) {}
  void end_list() {}

  void text(int field, std::string_view, std::string_view value);
  /// A text that is known to be ASCII.
  void ascii(int field, std::string_view, std::string_view value) {
    writer_.bytes_field(field, value);
  }
  void id(int field, std::string_view, std::span<const std::uint8_t> bytes) {
    writer_.bytes_field(field, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  /// uint32 and enums.
  void number(int field, std::string_view, std::uint32_t value) {
    writer_.varint_field(field, value);
  }
  void flags(int field, std::string_view, std::uint32_t value) {
    writer_.fixed32_field(field, value);
  }
  void sint32(int field, std::string_view, std::int32_t value) { writer_.sint_field(field, value); }
  void int64(int field, std::string_view, std::int64_t value) { writer_.int_field(field, value); }
  void fixed64(int field, std::string_view, std::uint64_t value) {
    writer_.fixed64_field(field, value);
  }
  void real(int field, std::string_view, double value) { writer_.double_field(field, value); }
  void boolean(int field, std::string_view, bool value) { writer_.bool_field(field, value); }
  /// repeated uint64.
  void counts(int field, std::string_view, std::span<const std::uint64_t> values);

 private:
  ProtobufWriter writer_;
};

class JsonEmitter {
 public:
  explicit JsonEmitter(std::string& out) noexcept : out_(out), json_(out) {}

  [[nodiscard]] std::size_t object(int, std::string_view name) {
    json_.key(name).begin_object();
    return 0;
  }
  [[nodiscard]] std::size_t item(int) {
    json_.begin_object();
    return 0;
  }
  void end(std::size_t) { json_.end_object(); }
  void list(std::string_view name) { json_.key(name).begin_array(); }
  void end_list() { json_.end_array(); }

  void text(int, std::string_view name, std::string_view value) { json_.member(name, value); }
  void ascii(int, std::string_view name, std::string_view value) { json_.member(name, value); }
  void id(int, std::string_view name, std::span<const std::uint8_t> bytes);
  void number(int, std::string_view name, std::uint32_t value) { json_.member(name, value); }
  void flags(int, std::string_view name, std::uint32_t value) { json_.member(name, value); }
  void sint32(int, std::string_view name, std::int32_t value) { json_.member(name, value); }
  void int64(int, std::string_view name, std::int64_t value);
  void fixed64(int, std::string_view name, std::uint64_t value);
  void real(int, std::string_view name, double value);
  void boolean(int, std::string_view name, bool value) { json_.member(name, value); }
  void counts(int, std::string_view name, std::span<const std::uint64_t> values);

 private:
  void quoted(std::uint64_t value);

  std::string& out_;
  JsonWriter json_;
};

}  // namespace lift::detail
