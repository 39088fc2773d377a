#include "setting.h"

#include <charconv>
#include <functional>
#include <map>

#include "lift/app/command_line.h"
#include "lift/base/ascii.h"

namespace replay {
namespace {

using lift::Result;

Result<std::uint32_t> count(std::string_view text) {
  const Result<long> value = lift::parse_number(text, 1, 1'000'000);
  if (!value) return std::unexpected(value.error());
  return static_cast<std::uint32_t>(*value);
}

Result<lift::Duration> time(std::string_view text) {
  const auto value = lift::parse_duration_ns(text);
  if (!value) return std::unexpected(value.error());
  return lift::Duration(*value);
}

Result<double> share(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return lift::fail("bad_number", "must be a number such as 0.5");
}

template <class Value, class Keep>
Result<> kept(const Result<Value>& value, Keep&& keep) {
  if (!value) return std::unexpected(value.error());
  keep(*value);
  return {};
}

lift::BulkheadOptions& bulkhead(Setting& setting) {
  return setting.bulkhead ? *setting.bulkhead : setting.bulkhead.emplace();
}
lift::CircuitBreakerOptions& breaker(Setting& setting) {
  return setting.breaker ? *setting.breaker : setting.breaker.emplace();
}
lift::Quota& quota(Setting& setting) {
  if (!setting.limit) setting.limit = lift::Quota{.rate = lift::per_second(100)};
  return *setting.limit;
}

using Set = std::function<Result<>(Setting&, std::string_view)>;

const std::map<std::string, Set, std::less<>>& keys() {
  static const std::map<std::string, Set, std::less<>> kKeys{
      {"deadline",
       [](Setting& s, std::string_view v) {
         return kept(time(v), [&](auto value) { s.deadline = value; });
       }},
      {"limit",
       [](Setting& s, std::string_view v) {
         return kept(lift::Rate::parse(v), [&](auto value) { quota(s).rate = value; });
       }},
      {"burst",
       [](Setting& s, std::string_view v) {
         return kept(count(v), [&](auto value) { quota(s).burst = value; });
       }},
      {"bulkhead",
       [](Setting& s, std::string_view v) {
         return kept(count(v), [&](auto value) { bulkhead(s).limit = value; });
       }},
      {"tenant",
       [](Setting& s, std::string_view v) {
         return kept(count(v), [&](auto value) { bulkhead(s).tenant_limit = value; });
       }},
      {"operation",
       [](Setting& s, std::string_view v) {
         return kept(count(v), [&](auto value) { bulkhead(s).operation_limit = value; });
       }},
      {"max_wait",
       [](Setting& s, std::string_view v) {
         return kept(time(v), [&](auto value) {
           lift::BulkheadOptions& options = bulkhead(s);
           options.queue.reset();
           if (value == lift::Duration::zero()) return;
           options.queue.emplace().max_wait = value;
         });
       }},
      {"breaker",
       [](Setting& s, std::string_view v) -> Result<> {
         if (v != "on") return lift::fail("bad_choice", "must be on");
         breaker(s);
         return {};
       }},
      {"failures",
       [](Setting& s, std::string_view v) {
         return kept(count(v), [&](auto value) { breaker(s).consecutive_failures = value; });
       }},
      {"failure_rate",
       [](Setting& s, std::string_view v) {
         return kept(share(v), [&](auto value) { breaker(s).failure_rate = value; });
       }},
      {"slow",
       [](Setting& s, std::string_view v) {
         return kept(time(v), [&](auto value) { breaker(s).slow_call = value; });
       }},
      {"open",
       [](Setting& s, std::string_view v) {
         return kept(time(v), [&](auto value) { breaker(s).open = value; });
       }},
  };
  return kKeys;
}

}  // namespace

Result<Setting> Setting::parse(std::string_view text) {
  Setting setting;
  lift::Problems problems;
  while (!text.empty()) {
    std::string_view value = lift::ascii::cut(text, ',');
    const std::string key(lift::ascii::cut(value, '='));
    const auto known = keys().find(key);
    if (known == keys().end()) {
      problems.add(key, std::string(value), "is no key; see --help");
      continue;
    }
    const Result<> set = known->second(setting, value);
    if (!set) problems.add(key, std::string(value), set.error().message);
  }
  if (setting.bulkhead) problems.add_all("bulkhead", setting.bulkhead->validate());
  if (setting.breaker) problems.add_all("breaker", setting.breaker->validate());
  const Result<> valid = problems.as_result();
  if (!valid) return std::unexpected(valid.error());
  return setting;
}

}  // namespace replay
