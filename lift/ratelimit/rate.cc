#include "lift/ratelimit/rate.h"

#include <array>
#include <charconv>
#include <limits>

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMostCount = 1'000'000'000;
constexpr Duration kShortest = 1ms;
constexpr Duration kLongest = 100 * 24h;

struct Unit {
  std::string_view name;
  Duration time;
};
/// From the longest, so that the first that divides a period is the shortest to write.
constexpr std::array<Unit, 5> kUnits{{{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}}};

/// A whole number at the front of `text`, which it takes off.
std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<Duration> period(std::string_view text) noexcept {
  const bool plain = text.empty() || text.front() < '0' || text.front() > '9';
  const std::optional<std::uint64_t> times = plain ? 1 : take_number(text);
  for (const Unit& unit : kUnits) {
    if (text != unit.name || !times) continue;
    const auto most = static_cast<std::uint64_t>(kLongest / unit.time);
    return *times > most ? kLongest + 1ns : static_cast<Duration::rep>(*times) * unit.time;
  }
  return std::nullopt;
}

Problems broken(const Rate& rate) {
  Problems problems;
  if (rate.count < 1 || rate.count > kMostCount) {
    problems.add("count", std::to_string(rate.count), "must be from 1 to 1000000000");
  }
  if (rate.per < kShortest || rate.per > kLongest) {
    problems.add("per", std::to_string(rate.per.count()) + "ns", "must be from 1 ms to 100 days");
  }
  return problems;
}

}  // namespace

Result<Rate> Rate::parse(std::string_view text) {
  std::string_view rest = text;
  const std::optional<std::uint64_t> count = take_number(rest);
  const bool slash = rest.starts_with('/');
  const std::optional<Duration> per = slash ? period(rest.substr(1)) : std::nullopt;
  if (!count || !per) {
    return fail("bad_rate", "must be a count and a period, such as 100/s, 1000/h or 5/15m");
  }
  const Rate rate{.count = *count, .per = *per};
  if (const Problems problems = broken(rate); !problems.empty()) {
    return fail("bad_rate", problems.list().front().field + " " + problems.list().front().rule);
  }
  return rate;
}

std::string Rate::to_string() const {
  for (const Unit& unit : kUnits) {
    if (per <= 0ns || per % unit.time != 0ns) continue;
    const auto times = per / unit.time;
    return std::to_string(count) + "/" + (times == 1 ? "" : std::to_string(times)) +
           std::string(unit.name);
  }
  return std::to_string(count) + "/" + std::to_string(per.count()) + "ns";
}

Problems Quota::validate() const {
  Problems problems;
  problems.add_all("rate", broken(rate));
  if (!problems.empty()) return problems;
  const std::uint64_t most = burst_size();
  const long double fill = static_cast<long double>(rate.per.count()) /
                           static_cast<long double>(rate.count) * static_cast<long double>(most);
  if (most < 1 || most > kMostCount || fill > static_cast<long double>(kLongest.count())) {
    problems.add("burst", std::to_string(most),
                 "must be from 1 to 1000000000, and no more than the rate gives in 100 days");
  }
  return problems;
}

}  // namespace lift
