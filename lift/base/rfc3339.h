#pragma once
// Moments as RFC 3339 writes them, in UTC.
//
// Thread-safety: a pure function.
// Cost: about 15 ns.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lift/base/clock.h"

namespace lift {

/// What write_rfc3339() takes at most.
inline constexpr std::size_t kRfc3339Room = 32;

/// `width` decimal digits, with zeros in front.
inline char* write_digits(char* to, std::uint32_t value, int width) noexcept {
  for (int i = width; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + width;
}

/// "2026-03-14T12:00:01.246Z" with 0, 3 or 6 decimals; returns the end. Of years 0 to 9999.
inline char* write_rfc3339(char* to, WallTime at, int decimals) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const auto of_day = static_cast<std::uint32_t>((second - day).count());
  auto fraction = static_cast<std::uint32_t>((at - second).count() / 1000);
  if (decimals == 3) fraction /= 1000;
  to = write_digits(to, static_cast<std::uint32_t>(static_cast<int>(date.year())), 4);
  *to++ = '-';
  to = write_digits(to, static_cast<unsigned>(date.month()), 2);
  *to++ = '-';
  to = write_digits(to, static_cast<unsigned>(date.day()), 2);
  *to++ = 'T';
  to = write_digits(to, of_day / 3600, 2);
  *to++ = ':';
  to = write_digits(to, of_day / 60 % 60, 2);
  *to++ = ':';
  to = write_digits(to, of_day % 60, 2);
  if (decimals > 0) *to++ = '.';
  to = write_digits(to, fraction, decimals);
  *to++ = 'Z';
  return to;
}

}  // namespace lift
