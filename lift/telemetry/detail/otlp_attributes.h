#pragma once
// A list of OTLP's KeyValue: the attributes of a resource, a span, an event, a log record.
//
// Thread-safety: none.
// Cost: about 15 ns an attribute.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lift/base/utf8.h"
#include "lift/telemetry/detail/shown.h"
#include "lift/telemetry/field.h"

namespace lift::detail {

/// What OpenTelemetry's SDKs allow: attributes of a span, of an event, of a log record, and events.
inline constexpr std::size_t kOtlpLimit = 128;
/// Bytes of a name.
inline constexpr std::size_t kOtlpNameCap = 256;

template <class Emitter>
class OtlpAttributes {
 public:
  /// The list is field number `field`; texts are cut at `value_cap` bytes. Call end().
  OtlpAttributes(Emitter& out, int field, std::size_t value_cap)
      : out_(out), field_(field), value_cap_(value_cap) {
    out_.list("attributes");
  }

  /// `key` is ASCII.
  void add(std::string_view key, const Value& value) {
    if (own_ < own_keys_.size()) own_keys_[own_++] = key;
    const std::size_t pair = out_.item(field_);
    out_.ascii(1, "key", key);
    write(pair, value);
  }
  void add_text(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, value);
  }
  /// Whatever `key` is; it is the caller's that no other has it.
  void add_unchecked(std::string_view key, const Value& value) {
    const std::size_t pair = out_.item(field_);
    out_.text(1, "key", key);
    write(pair, value);
  }
  /// Fields with the name of what is there already are dropped and counted: an attribute's key must
  /// be unique. Of two fields with one name the later is written.
  void add_fields(std::span<const Field> fields) {
    const std::span<const Field> some = fields.first(std::min(fields.size(), kOtlpLimit));
    dropped_ += static_cast<std::uint32_t>(fields.size() - some.size());
    PanText pan;
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (named_again(some, i)) continue;
      if (count_ == kOtlpLimit || is_own(some[i].name)) {
        ++dropped_;
      } else {
        add_unchecked(utf8_prefix(some[i].name, kOtlpNameCap), shown(some[i], pan));
      }
    }
  }
  /// How many found no room.
  [[nodiscard]] std::uint32_t end() {
    out_.end_list();
    return dropped_;
  }

 private:
  [[nodiscard]] bool is_own(std::string_view name) const noexcept {
    return std::find(own_keys_.begin(), own_keys_.begin() + own_, name) != own_keys_.begin() + own_;
  }
  void write(std::size_t pair, const Value& value) {
    ++count_;
    const std::size_t any = out_.object(2, "value");
    write_any(value);
    out_.end(any);
    out_.end(pair);
  }
  void write_any(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::integer:
        return out_.int64(3, "intValue", value.integer());
      case Value::Kind::natural:
        return write_natural(value.natural());
      case Value::Kind::real:
        return out_.real(4, "doubleValue", value.real());
      case Value::Kind::boolean:
        return out_.boolean(2, "boolValue", value.boolean());
      case Value::Kind::text:
        return write_text(value.text());
    }
  }
  // OTLP has signed integers only: what is larger goes as text.
  void write_natural(std::uint64_t value) {
    if (value <= INT64_MAX) return out_.int64(3, "intValue", static_cast<std::int64_t>(value));
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out_.text(1, "stringValue", {digits.data(), end});
  }
  void write_text(std::string_view value) {
    if (value.size() <= value_cap_) return out_.text(1, "stringValue", value);
    out_.text(1, "stringValue", std::string(utf8_prefix(value, value_cap_)).append(kCut));
  }

  Emitter& out_;
  int field_;
  std::size_t value_cap_;
  std::array<std::string_view, 32> own_keys_;
  std::size_t own_ = 0;
  std::size_t count_ = 0;
  std::uint32_t dropped_ = 0;
};

}  // namespace lift::detail
