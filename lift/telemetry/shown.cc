#include "lift/telemetry/detail/shown.h"

#include <algorithm>
#include <charconv>

#include "lift/base/ascii.h"
#include "lift/telemetry/redaction.h"

namespace lift::detail {
namespace {

// Fewer digits than this are no card's number, and four of them would be too much of it.
constexpr std::ptrdiff_t kFewestDigits = 12;

}  // namespace

std::string_view last_four(std::string_view number, PanText& room) noexcept {
  if (std::ranges::count_if(number, ascii::is_digit) < kFewestDigits) return kRedacted;
  room.fill('*');
  auto to = room.rbegin();
  for (auto from = number.rbegin(); to != room.rbegin() + 4; ++from) {
    if (ascii::is_digit(*from)) *to++ = *from;
  }
  return {room.data(), room.size()};
}

Value shown(const Field& field, PanText& room) noexcept {
  if (field.sensitivity == Sensitivity::open) return field.value;
  if (field.sensitivity != Sensitivity::pan) return kRedacted;
  if (field.value.kind() == Value::Kind::text) return last_four(field.value.text(), room);
  std::array<char, 24> digits;
  char* end = digits.data();
  if (field.value.kind() == Value::Kind::integer)
    end = std::to_chars(end, end + digits.size(), field.value.integer()).ptr;
  if (field.value.kind() == Value::Kind::natural)
    end = std::to_chars(end, end + digits.size(), field.value.natural()).ptr;
  return last_four({digits.data(), end}, room);
}

}  // namespace lift::detail
