#include "lift/aws/attribute_value.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr int kMostDigits = 38;
constexpr int kLeastExponent = -130;
constexpr int kMostExponent = 125;
/// Beyond any exponent that counts, so that sums of two stay in an int.
constexpr int kHugeExponent = 1'000'000;

/// The digits of a number from the first to the last that is not 0, and where the point stands.
struct Digits {
  int count = 0;  // of any, leading and trailing zeros included
  int first = 0;  // index of the first that is not 0
  int last = -1;  // index of the last that is not 0
  int point = 0;  // how many stand before the point
  void add(char digit, bool fraction) noexcept {
    if (digit != '0') {
      if (last < 0) first = count;
      last = count;
    }
    ++count;
    if (!fraction) ++point;
  }
};

bool take(std::string_view& text, std::string_view one_of) noexcept {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

void take_digits(std::string_view& text, Digits& digits, bool fraction) noexcept {
  while (!text.empty() && ascii::is_digit(text.front())) {
    digits.add(text.front(), fraction);
    text.remove_prefix(1);
  }
}

/// Reads "e-12" to its end.
std::optional<int> take_exponent(std::string_view text) noexcept {
  if (text.empty()) return 0;
  if (!take(text, "eE")) return std::nullopt;
  const bool negative = text.starts_with('-');
  take(text, "+-");
  if (text.empty() || !ascii::is_digit(text.front())) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error != std::errc()) value = kHugeExponent;
  value = std::min(value, kHugeExponent);
  return negative ? -value : value;
}

}  // namespace

bool is_decimal(std::string_view text) noexcept {
  // Far longer than anything that counts, and small enough for the sums below.
  if (text.size() > 1000) return false;
  take(text, "+-");
  Digits digits;
  take_digits(text, digits, false);
  if (take(text, ".")) take_digits(text, digits, true);
  if (digits.count == 0) return false;
  const std::optional<int> exponent = take_exponent(text);
  if (!exponent) return false;
  if (digits.last < 0) return true;
  const int magnitude = digits.point - digits.first - 1 + *exponent;
  return digits.last - digits.first < kMostDigits && magnitude >= kLeastExponent &&
         magnitude <= kMostExponent;
}

AttributeValue AttributeValue::boolean(bool value) { return {AttributeType::boolean, value}; }
AttributeValue AttributeValue::string(std::string_view text) {
  return {AttributeType::string, std::string(text)};
}
AttributeValue AttributeValue::decimal(std::string_view text) {
  return {AttributeType::number, std::string(text)};
}
AttributeValue AttributeValue::binary(std::string_view bytes) {
  return {AttributeType::binary, std::string(bytes)};
}
AttributeValue AttributeValue::list(List values) {
  return {AttributeType::list, std::move(values)};
}
AttributeValue AttributeValue::map(Item values) { return {AttributeType::map, std::move(values)}; }
AttributeValue AttributeValue::string_set(std::vector<std::string> members) {
  return set(AttributeType::string_set, std::move(members));
}
AttributeValue AttributeValue::number_set(std::vector<std::string> decimals) {
  return set(AttributeType::number_set, std::move(decimals));
}
AttributeValue AttributeValue::binary_set(std::vector<std::string> members) {
  return set(AttributeType::binary_set, std::move(members));
}
AttributeValue AttributeValue::set(AttributeType type, std::vector<std::string> members) {
  std::ranges::sort(members);
  return {type, std::move(members)};
}

std::optional<bool> AttributeValue::as_bool() const noexcept {
  const bool* value = std::get_if<bool>(&value_);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::int64_t> AttributeValue::as_int64() const noexcept {
  if (type_ != AttributeType::number) return std::nullopt;
  const std::string& digits = *std::get_if<std::string>(&value_);
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

const std::string* AttributeValue::text() const noexcept {
  return std::get_if<std::string>(&value_);
}

}  // namespace lift
