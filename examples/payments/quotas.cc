#include "quotas.h"

#include <algorithm>
#include <string>
#include <utility>

namespace payments {
namespace {

lift::Result<> set_rate(std::optional<lift::Rate>& rate, const std::string& text) {
  if (text == "off") {
    rate.reset();
    return {};
  }
  auto parsed = lift::Rate::parse(text);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  rate = *parsed;
  return {};
}

lift::Result<> set_burst(std::uint64_t& burst, const std::string& text) {
  const lift::Result<long> number = lift::parse_number(text, 1, 1'000'000);
  if (!number) return std::unexpected(number.error());
  burst = static_cast<std::uint64_t>(*number);
  return {};
}

lift::Quota half_of(const lift::Quota& quota) {
  lift::Quota half = quota;
  half.rate.count = std::max<std::uint64_t>(half.rate.count / 2, 1);
  half.burst = std::max<std::uint64_t>(half.burst_size() / 2, 1);
  return half;
}

}  // namespace

std::vector<lift::Flag> Limits::flags() {
  return {{"--limit", "PAYMENTS_LIMIT", "RATE",
           "requests of a tenant, such as 100/s, or off; a user gets half (100/s)",
           [this](const std::string& text) { return set_rate(rate, text); }},
          {"--burst", "PAYMENTS_BURST", "N", "requests of a tenant at once (200)",
           [this](const std::string& text) { return set_burst(burst, text); }}};
}

std::optional<lift::RateLimitOptions> Limits::options() const {
  if (!rate) return std::nullopt;
  const lift::Quota quota{.rate = *rate, .burst = burst};
  return lift::RateLimitOptions{
      .limits = {lift::per_tenant(quota), lift::per_user(half_of(quota))}};
}

}  // namespace payments
