#pragma once
// A named value on a log line, a span or an event, and how far it may travel.
//
//   ctx.log().info("charged", field("amount", 12), pan("card", number), secret("pin", pin));
//
// What a value is decided where it is named, by its type: `field` is open, `pii` is shown as
// `[REDACTED]`, `pan` keeps the last four digits of a card, `secret` is never shown.
// Thread-safety: plain values.
// Cost: none; text is referred to, not copied.

#include <concepts>
#include <cstdint>
#include <string_view>

namespace lift {

enum class Sensitivity : std::uint8_t {
  open,    ///< shown, unless its name says otherwise
  pii,     ///< personal: replaced
  secret,  ///< a credential: replaced
  pan,     ///< a card's number: all but its last four digits replaced
};

/// One of five kinds of plain value.
class Value {
 public:
  enum class Kind : std::uint8_t { integer, natural, real, boolean, text };

  template <std::signed_integral Int>
  constexpr Value(Int v) noexcept : kind_(Kind::integer), integer_(v) {}  // NOLINT(*explicit*)
  template <std::unsigned_integral Uint>
    requires(!std::same_as<Uint, bool>)
  constexpr Value(Uint v) noexcept : kind_(Kind::natural), natural_(v) {}  // NOLINT(*explicit*)
  template <std::floating_point Real>
  constexpr Value(Real v) noexcept : kind_(Kind::real), real_(v) {}  // NOLINT(*explicit*)
  template <std::same_as<bool> Bool>
  constexpr Value(Bool v) noexcept : kind_(Kind::boolean), boolean_(v) {}  // NOLINT(*explicit*)
  template <std::convertible_to<std::string_view> Text>
    requires(!std::same_as<Text, std::nullptr_t>)
  constexpr Value(const Text& v) noexcept  // NOLINT(*explicit*)
      : kind_(Kind::text), text_(static_cast<std::string_view>(v)) {}

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr std::int64_t integer() const noexcept { return integer_; }
  [[nodiscard]] constexpr std::uint64_t natural() const noexcept { return natural_; }
  [[nodiscard]] constexpr double real() const noexcept { return real_; }
  [[nodiscard]] constexpr bool boolean() const noexcept { return boolean_; }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

  /// Calls `visit` with the value as what it is.
  template <class Visit>
  constexpr decltype(auto) visit(Visit&& visit) const {
    switch (kind_) {
      case Kind::integer:
        return visit(integer_);
      case Kind::natural:
        return visit(natural_);
      case Kind::real:
        return visit(real_);
      case Kind::boolean:
        return visit(boolean_);
      case Kind::text:
        break;
    }
    return visit(text_);
  }

 private:
  Kind kind_;
  union {
    std::int64_t integer_;
    std::uint64_t natural_;
    double real_;
    bool boolean_;
    std::string_view text_;
  };
};

struct Field {
  std::string_view name;
  Value value;
  Sensitivity sensitivity = Sensitivity::open;
};

[[nodiscard]] constexpr Field field(std::string_view name, Value value) noexcept {
  return Field{name, value, Sensitivity::open};
}
[[nodiscard]] constexpr Field pii(std::string_view name, Value value) noexcept {
  return Field{name, value, Sensitivity::pii};
}
[[nodiscard]] constexpr Field secret(std::string_view name, Value value) noexcept {
  return Field{name, value, Sensitivity::secret};
}
[[nodiscard]] constexpr Field pan(std::string_view name, Value value) noexcept {
  return Field{name, value, Sensitivity::pan};
}

}  // namespace lift
