#include "lift/http/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLongest = std::chrono::hours(24 * 3650);

std::optional<unsigned> number(std::string_view digits) noexcept {
  unsigned value = 0;
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> month(std::string_view name) noexcept {
  constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t at = kNames.find(name);
  if (name.size() != 3 || at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  return static_cast<unsigned>(at / 3 + 1);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"; the day's name is not looked at.
std::optional<std::chrono::sys_seconds> fixdate(std::string_view text) noexcept {
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return {};
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ') return std::nullopt;
  if (text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto day = number(text.substr(5, 2));
  const auto mon = month(text.substr(8, 3));
  const auto year = number(text.substr(12, 4));
  const auto h = number(text.substr(17, 2));
  const auto m = number(text.substr(20, 2));
  const auto s = number(text.substr(23, 2));
  if (!day || !mon || !year || !h || !m || !s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*mon), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*h) + std::chrono::minutes(*m) +
         std::chrono::seconds(*s);
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view text, WallTime now) noexcept {
  if (text.size() <= 9) {
    const auto seconds = number(text);
    if (!seconds) return std::nullopt;
    return std::min(kLongest, std::chrono::seconds(*seconds));
  }
  const auto at = fixdate(text);
  if (!at) return std::nullopt;
  // In seconds, in which no date of four digits overflows.
  const auto left = *at - std::chrono::floor<std::chrono::seconds>(now);
  return std::clamp<std::chrono::seconds>(left, 0s, kLongest);
}

}  // namespace lift
