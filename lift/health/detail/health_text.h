#pragma once
// Moments and durations as health bodies write them.
//
// Thread-safety: plain values.
// Cost: 20 ns, no allocation.

#include <array>
#include <charconv>
#include <string_view>

#include "lift/base/rfc3339.h"
#include "lift/health/health.h"

namespace lift::detail {

/// A moment on the calendar, as RFC 3339 has it.
class Stamp {
 public:
  Stamp(const Health& health, Instant at) noexcept
      : size_(static_cast<std::size_t>(write_rfc3339(text_.data(), health.telemetry().wall(at), 3) -
                                       text_.data())) {}
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, kRfc3339Room> text_;
  std::size_t size_;
};

/// "12.345ms".
class Milliseconds {
 public:
  explicit Milliseconds(Duration time) noexcept {
    const auto us = std::max<Duration::rep>(time.count(), 0) / 1000;
    char* to = std::to_chars(text_.data(), text_.data() + text_.size(), us / 1000).ptr;
    *to++ = '.';
    to = write_digits(to, static_cast<std::uint32_t>(us % 1000), 3);
    *to++ = 'm';
    *to++ = 's';
    size_ = static_cast<std::size_t>(to - text_.data());
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 32> text_;
  std::size_t size_;
};

[[nodiscard]] inline Milliseconds milliseconds(Duration time) noexcept {
  return Milliseconds(time);
}

}  // namespace lift::detail
