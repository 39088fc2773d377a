#include <array>
#include <cstdint>
#include <utility>

#include "lift/aws/detail/aws_time.h"
#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Takes a text apart from its front; once something does not fit, it stays wrong.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  int number(std::size_t digits) noexcept {
    int value = 0;
    for (; digits > 0; --digits) {
      if (text_.empty() || !ascii::is_digit(text_[0])) return wrong();
      value = value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  void literal(std::string_view expected) noexcept {
    if (!take(expected)) wrong();
  }
  bool take(std::string_view expected) noexcept {
    const bool there = text_.starts_with(expected);
    if (there) text_.remove_prefix(expected.size());
    return there;
  }
  /// Which of the names comes next, from 0.
  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& names) noexcept {
    for (std::size_t i = 0; i < N; ++i) {
      if (take(names[i])) return static_cast<int>(i);
    }
    return wrong();
  }
  void skip_digits() noexcept {
    if (text_.empty() || !ascii::is_digit(text_[0])) wrong();
    while (!text_.empty() && ascii::is_digit(text_[0])) text_.remove_prefix(1);
  }
  [[nodiscard]] bool complete() const noexcept { return right_ && text_.empty(); }

 private:
  int wrong() noexcept {
    right_ = false;
    text_ = {};
    return 0;
  }
  std::string_view text_;
  bool right_ = true;
};

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<WallTime> time_of(const Civil& c) noexcept {
  const std::chrono::year_month_day date{std::chrono::year(c.year),
                                         std::chrono::month(static_cast<unsigned>(c.month)),
                                         std::chrono::day(static_cast<unsigned>(c.day))};
  // The years keep nanoseconds within 64 bits.
  if (!date.ok() || c.year < 1970 || c.year > 2200 || c.hour > 23 || c.minute > 59 || c.second > 60)
    return std::nullopt;
  return sys_days(date) + std::chrono::hours(c.hour) + std::chrono::minutes(c.minute) +
         std::chrono::seconds(c.second);
}

void read_clock(Reader& reader, Civil& civil) noexcept {
  civil.hour = reader.number(2);
  reader.literal(":");
  civil.minute = reader.number(2);
  reader.literal(":");
  civil.second = reader.number(2);
}

/// How far the written time is ahead of UTC.
std::chrono::minutes read_offset(Reader& reader) noexcept {
  if (reader.take("Z")) return {};
  const int sign = reader.one_of(std::array<std::string_view, 2>{"+", "-"}) == 0 ? 1 : -1;
  const int hours = reader.number(2);
  reader.literal(":");
  return sign * (std::chrono::hours(hours) + std::chrono::minutes(reader.number(2)));
}

void append(std::string& out, unsigned value, std::size_t digits) {
  std::string text = std::to_string(value);
  out.append(digits - std::min(digits, text.size()), '0') += text;
}

}  // namespace

std::string amz_date(WallTime time) {
  const auto midnight = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - midnight));
  std::string out;
  append(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  append(out, static_cast<unsigned>(date.month()), 2);
  append(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append(out, static_cast<unsigned>(clock.hours().count()), 2);
  append(out, static_cast<unsigned>(clock.minutes().count()), 2);
  append(out, static_cast<unsigned>(clock.seconds().count()), 2);
  return out += 'Z';
}

std::optional<WallTime> parse_iso8601(std::string_view text) noexcept {
  Reader reader(text);
  Civil civil;
  civil.year = reader.number(4);
  reader.literal("-");
  civil.month = reader.number(2);
  reader.literal("-");
  civil.day = reader.number(2);
  reader.literal("T");
  read_clock(reader, civil);
  if (reader.take(".")) reader.skip_digits();
  const std::chrono::minutes offset = read_offset(reader);
  const std::optional<WallTime> time = time_of(civil);
  if (!reader.complete() || !time) return std::nullopt;
  return *time - offset;
}

std::optional<WallTime> parse_http_date(std::string_view text) noexcept {
  static constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu",
                                                            "Fri", "Sat", "Sun"};
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Reader reader(text);
  Civil civil;
  reader.one_of(kDays);
  reader.literal(", ");
  civil.day = reader.number(2);
  reader.literal(" ");
  civil.month = reader.one_of(kMonths) + 1;
  reader.literal(" ");
  civil.year = reader.number(4);
  reader.literal(" ");
  read_clock(reader, civil);
  reader.literal(" GMT");
  if (!reader.complete()) return std::nullopt;
  return time_of(civil);
}

}  // namespace lift::detail
