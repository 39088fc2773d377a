#include "lift/health/check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lift/base/ascii.h"

namespace lift {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

std::string in_ms(Duration time) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(time).count()) + "ms";
}

void within(Problems& problems, std::string field, Duration time, Duration low, Duration high) {
  if (time >= low && time <= high) return;
  problems.add(std::move(field), in_ms(time), "must be from " + in_ms(low) + " to " + in_ms(high));
}

void within(Problems& problems, std::string field, unsigned count, unsigned high) {
  if (count >= 1 && count <= high) return;
  problems.add(std::move(field), std::to_string(count),
               "must be from 1 to " + std::to_string(high));
}

bool valid_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kMarks = "._:-";
  return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, [&](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string_view to_string(HealthStatus status) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"pass", "warn", "fail", "unknown"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string_view original_word(HealthStatus status) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"healthy", "degraded", "unhealthy", "unknown"};
  return kNames[static_cast<std::size_t>(status)];
}

HealthStatus worse(HealthStatus one, HealthStatus other) noexcept {
  constexpr std::array kRank{0, 1, 3, 2};
  return kRank[static_cast<std::size_t>(one)] >= kRank[static_cast<std::size_t>(other)] ? one
                                                                                        : other;
}

std::string_view to_string(HealthGate gate) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"none", "ready", "startup"};
  return kNames[static_cast<std::size_t>(gate)];
}

Problems CheckOptions::validate() const {
  Problems problems;
  if (!valid_name(name)) {
    problems.add("name", name, "must be 1 to 64 letters, digits and . _ : -");
  }
  if (!valid_name(type)) {
    problems.add("type", type, "must be 1 to 64 letters, digits and . _ : -");
  }
  within(problems, "interval", interval, milliseconds(100), hours(24));
  within(problems, "timeout", timeout, milliseconds(1), minutes(10));
  within(problems, "fall", fall, 100);
  within(problems, "rise", rise, 100);
  within(problems, "dwell", dwell, Duration::zero(), hours(24));
  within(problems, "open_after", open_after, 1000);
  within(problems, "recovery_time", recovery_time, milliseconds(100), hours(24));
  within(problems, "max_recovery_time", max_recovery_time, recovery_time, hours(24));
  return problems;
}

Check async_check(CheckOptions options, std::function<Task<CheckResult>()> run) {
  return {.options = std::move(options), .run = std::move(run), .run_blocking = {}};
}

Check blocking_check(CheckOptions options, std::function<CheckResult()> run) {
  return {.options = std::move(options), .run = {}, .run_blocking = std::move(run)};
}

Check blocking_check(CheckOptions options, std::function<Result<>()> run) {
  auto judged = [run = std::move(run)] {
    Result<> result = run();
    return result ? CheckResult::pass()
                  : CheckResult::fail(std::move(result.error().code),
                                      std::move(result.error().message));
  };
  return blocking_check(std::move(options), std::function<CheckResult()>(std::move(judged)));
}

}  // namespace lift
