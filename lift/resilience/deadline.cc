#include "lift/resilience/deadline.h"

#include <algorithm>
#include <string>

#include "lift/resilience/timeout_header.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGrpc = "grpc-timeout";
constexpr std::string_view kMilliseconds = "x-timeout-ms";
static_assert(kGrpc.size() == kMilliseconds.size(),
              "one look at a name's size passes over the others");

constexpr std::size_t kMostTenants = 10'000;

std::string nanoseconds(Duration time) { return std::to_string(time.count()) + "ns"; }

Verdict refuse(Context& ctx, int status) {
  return ctx.reject(
      "deadline_expired",
      HttpError(status, "TIMEOUT", "The time given for this request was used up before it began."));
}

/// What tenant, platform and load leave of `time`.
Duration shortened(const DeadlineOptions& options, const Context& ctx, Duration time) {
  if (!options.tenants.empty()) {
    const auto its = options.tenants.find(ctx.tenant());
    if (its != options.tenants.end()) time = std::min(time, its->second);
  }
  if (options.share) {
    const double share = options.share();
    // What is no number shortens nothing.
    const double sane = share < 1 ? std::max(share, 0.01) : 1.0;
    time = Duration(static_cast<Duration::rep>(static_cast<double>(time.count()) * sane));
  }
  if (options.remaining) {
    if (const std::optional<Duration> left = options.remaining()) time = std::min(time, *left);
  }
  return time;
}

}  // namespace

Problems DeadlineOptions::validate() const {
  Problems problems;
  if (timeout < 1ms || timeout > 24h) {
    problems.add("timeout", nanoseconds(timeout), "must be from 1 ms to 24 h");
  }
  if (minimum_useful < 0ns || minimum_useful > timeout) {
    problems.add("minimum_useful", nanoseconds(minimum_useful), "must be from 0 to `timeout`");
  }
  if (tenants.size() > kMostTenants) {
    problems.add("tenants", std::to_string(tenants.size()), "must be 10,000 at most");
  }
  for (const auto& [tenant, time] : tenants) {
    if (time >= 1ms && time <= 24h) continue;
    problems.add("tenants." + tenant, nanoseconds(time), "must be from 1 ms to 24 h");
  }
  if (status != 504 && status != 408) {
    problems.add("status", std::to_string(status), "must be 504 or 408");
  }
  return problems;
}

Result<std::shared_ptr<Deadline>> Deadline::make(const DeadlineOptions& options) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::shared_ptr<Deadline>(new Deadline(options));
}

Result<> Deadline::update(const DeadlineOptions& options) {
  Result<> valid = options.validate().as_result();
  if (valid) plan_.replace(Plan(options));
  return valid;
}

Verdict Deadline::enter(Context& ctx, NoSlot&) {
  const Plan& options = plan_.read();
  const RouteOptions& route = ctx.route();
  const bool unlimited = route.unlimited.value_or(false);
  Duration own = unlimited ? kLongestTimeout : route.timeout.value_or(options.timeout);
  if (options.shortens) own = shortened(options, ctx, own);
  const Duration time = std::min(own, asked(options, ctx.request().headers));
  if (time <= 0ns || time < options.minimum_useful) return refuse(ctx, options.status);
  if (options.status != 504) ctx.answer_timeout_as(options.status);
  if (time < kLongestTimeout) ctx.limit_deadline(saturating_add(ctx.start(), time));
  return Verdict::proceed;
}

Duration Deadline::asked(const DeadlineOptions& options, const Headers& headers) noexcept {
  Duration shortest = kLongestTimeout;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name.size() != kGrpc.size()) continue;
    const bool grpc = options.accept_grpc_timeout && Headers::same_name(name, kGrpc);
    const bool ms = options.accept_timeout_ms && Headers::same_name(name, kMilliseconds);
    if (!grpc && !ms) continue;
    if (const auto time = grpc ? parse_grpc_timeout(value) : parse_timeout_ms(value)) {
      shortest = std::min(shortest, *time);
    } else {
      ignored_headers_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  return shortest;
}

std::uint64_t Deadline::ignored_headers() const noexcept {
  return ignored_headers_.load(std::memory_order_relaxed);
}

}  // namespace lift
