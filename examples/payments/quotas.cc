#include "quotas.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "lift/aws/dynamodb_limit_store.h"

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

/// A flag of two words.
std::function<lift::Result<>(const std::string&)> one_of(const char* first, const char* second,
                                                         std::function<void(bool)> choose) {
  return [=](const std::string& text) -> lift::Result<> {
    if (text != first && text != second) {
      return lift::fail("bad_choice", std::string("must be ") + first + " or " + second);
    }
    choose(text == second);
    return {};
  };
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
           [this](const std::string& text) { return set_burst(burst, text); }},
          {"--limit-store", "PAYMENTS_LIMIT_STORE", "KIND",
           "where limits are counted: memory, or dynamodb for all processes (memory)",
           one_of("memory", "dynamodb", [this](bool second) { shared = second; })},
          {"--limit-mode", "PAYMENTS_LIMIT_MODE", "MODE",
           "how they are shared: lease, or strict with a write for each request (lease)",
           one_of("lease", "strict",
                  [this](bool second) {
                    mode = second ? lift::SharingMode::strict : lift::SharingMode::lease;
                  })},
          {"--limit-table", "PAYMENTS_LIMIT_TABLE", "NAME",
           "the table of DynamoDB for them (lift-limits)",
           [this](const std::string& text) -> lift::Result<> {
             table = text;
             return {};
           }}};
}

std::optional<lift::RateLimitOptions> Limits::options(const std::string& endpoint,
                                                      lift::Problems& problems) const {
  if (!rate) return std::nullopt;
  const lift::Quota quota{.rate = *rate, .burst = burst};
  lift::RateLimitOptions options{
      .limits = {lift::per_tenant(quota), lift::per_user(half_of(quota))}};
  if (!shared) return options;
  auto store = lift::DynamoDbLimitStore::make({.table = table, .access = {.endpoint = endpoint}},
                                              lift::AwsEnvironment::process());
  if (!store) {
    problems.add("--limit-table", table, store.error().message);
    return std::nullopt;
  }
  for (lift::LimitOptions& limit : options.limits) {
    limit.sharing = lift::LimitSharing{.store = *store, .mode = mode};
  }
  return options;
}

}  // namespace payments
