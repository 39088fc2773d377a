#include "lift/resilience/timeout_header.h"

#include <cstdint>

#include "lift/base/ascii.h"

namespace lift {
namespace {

std::optional<std::uint64_t> parse_digits(std::string_view text, std::size_t most) noexcept {
  if (text.empty() || text.size() > most) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<Duration> times(std::uint64_t count, Duration unit) noexcept {
  if (count > static_cast<std::uint64_t>(kLongestTimeout / unit)) return std::nullopt;
  return unit * static_cast<Duration::rep>(count);
}

std::optional<Duration> grpc_unit(char letter) noexcept {
  switch (letter) {
    case 'H':
      return std::chrono::hours(1);
    case 'M':
      return std::chrono::minutes(1);
    case 'S':
      return std::chrono::seconds(1);
    case 'm':
      return std::chrono::milliseconds(1);
    case 'u':
      return std::chrono::microseconds(1);
    case 'n':
      return std::chrono::nanoseconds(1);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Duration> parse_grpc_timeout(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  const auto unit = grpc_unit(text.back());
  const auto count = parse_digits(text.substr(0, text.size() - 1), 8);
  if (!unit || !count) return std::nullopt;
  return times(*count, *unit);
}

std::optional<Duration> parse_timeout_ms(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto count = parse_digits(text, 18);
  if (!count) return std::nullopt;
  return times(negative ? 0 : *count, std::chrono::milliseconds(1));
}

}  // namespace lift
