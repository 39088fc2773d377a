#pragma once
// Records as bytes: numbers as they lie in memory, texts behind their sizes. Written and read by
// one process only, so that no version or byte order matters.
//
// Thread-safety: plain values.
// Cost: copies what it is given once.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "lift/telemetry/field.h"

namespace lift::detail {

enum class RecordKind : std::uint8_t { request, line };

/// What a record carries of its trail, when there is not room for everything.
enum class Extent : std::uint8_t {
  all,        ///< every heard line, held ones of a detailed record, spans where it is kept
  important,  ///< lines of WARN and ERROR
  bare,       ///< nothing
};

class BytesWriter {
 public:
  explicit BytesWriter(std::byte* at) noexcept : begin_(at), at_(at) {}

  template <class T>
  void put(const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(at_, &value, sizeof(T));
    at_ += sizeof(T);
  }
  void put_text(std::string_view text) noexcept {
    put(static_cast<std::uint32_t>(text.size()));
    put_bytes(text);
  }
  /// Most texts are short: two overlapping copies of eight bytes cost less than a call.
  void put_bytes(std::string_view text) noexcept {
    constexpr std::size_t kWord = 8;
    if (text.size() - kWord <= kWord) {
      std::memcpy(at_, text.data(), kWord);
      std::memcpy(at_ + text.size() - kWord, text.data() + text.size() - kWord, kWord);
    } else if (!text.empty()) {
      std::memcpy(at_, text.data(), text.size());
    }
    at_ += text.size();
  }
  void put_field(const Field& field) noexcept {
    put(field.sensitivity);
    put(field.value.kind());
    put_text(field.name);
    switch (field.value.kind()) {
      case Value::Kind::integer:
        return put(field.value.integer());
      case Value::Kind::natural:
        return put(field.value.natural());
      case Value::Kind::real:
        return put(field.value.real());
      case Value::Kind::boolean:
        return put(field.value.boolean());
      case Value::Kind::text:
        return put_text(field.value.text());
    }
  }
  [[nodiscard]] std::size_t written() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }

 private:
  std::byte* begin_;
  std::byte* at_;
};

class BytesReader {
 public:
  explicit BytesReader(const std::byte* at) noexcept : at_(at) {}

  template <class T>
  [[nodiscard]] T get() noexcept {
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  template <class T>
  void get(T& value) noexcept {
    value = get<T>();
  }
  /// Where it stood before it went `bytes` further.
  [[nodiscard]] const std::byte* skip(std::size_t bytes) noexcept {
    at_ += bytes;
    return at_ - bytes;
  }
  [[nodiscard]] std::string_view get_bytes(std::size_t size) noexcept {
    const std::string_view text(reinterpret_cast<const char*>(at_), size);
    at_ += size;
    return text;
  }
  [[nodiscard]] std::string_view get_text() noexcept { return get_bytes(get<std::uint32_t>()); }
  [[nodiscard]] Field get_field() noexcept {
    const auto sensitivity = get<Sensitivity>();
    const auto kind = get<Value::Kind>();
    const std::string_view name = get_text();
    return Field{name, get_value(kind), sensitivity};
  }

 private:
  [[nodiscard]] Value get_value(Value::Kind kind) noexcept {
    switch (kind) {
      case Value::Kind::integer:
        return Value(get<std::int64_t>());
      case Value::Kind::natural:
        return Value(get<std::uint64_t>());
      case Value::Kind::real:
        return Value(get<double>());
      case Value::Kind::boolean:
        return Value(get<bool>());
      case Value::Kind::text:
        break;
    }
    return Value(get_text());
  }

  const std::byte* at_;
};

}  // namespace lift::detail
