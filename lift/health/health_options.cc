#include "lift/health/health_options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace lift {
namespace {

std::string in_ms(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + "ms";
}

bool valid_path(std::string_view path) {
  constexpr std::size_t kLongest = 63;
  const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '{' && c != '?' && c != '%'; };
  return path.size() >= 2 && path.size() <= kLongest && path.front() == '/' &&
         std::ranges::all_of(path, plain);
}

}  // namespace

Problems HealthOptions::validate() const {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  Problems problems;
  const std::array<std::pair<std::string_view, const std::string&>, 4> all{
      {{"paths.health", paths.health},
       {"paths.detail", paths.detail},
       {"paths.ready", paths.ready},
       {"paths.live", paths.live}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [field, path] = all[i];
    if (!valid_path(path)) {
      problems.add(std::string(field), path,
                   "must be a path of 2 to 63 visible characters, without { ? %");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (all[j].second == path) problems.add(std::string(field), path, "is another's path too");
    }
  }
  if (grace_period < Duration::zero() || grace_period > hours(1)) {
    problems.add("grace_period", in_ms(grace_period), "must be from 0 to 1 h");
  }
  if (live_limit < seconds(1) || live_limit > minutes(10)) {
    problems.add("live_limit", in_ms(live_limit), "must be from 1 s to 10 min");
  }
  if (threads < 1 || threads > 64) {
    problems.add("threads", std::to_string(threads), "must be from 1 to 64");
  }
  if (max_checks < 1 || max_checks > 10'000) {
    problems.add("max_checks", std::to_string(max_checks), "must be from 1 to 10000");
  }
  return problems;
}

}  // namespace lift
