#include "lift/telemetry/sampler.h"

#include <cmath>

#include "lift/telemetry/probability.h"

namespace lift {
namespace {

constexpr std::size_t kMaxRules = 100;
constexpr std::size_t kMaxPattern = 256;
constexpr std::uint32_t kMaxReservoir = 1'000'000;

/// Goes back to the last star only, so it takes at most |pattern| × |text| steps.
bool matches(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void check_rate(Problems& problems, const std::string& field, const SamplingRate& rate) {
  if (!(rate.ratio >= 0 && rate.ratio <= 1))
    problems.add(field + ".ratio", std::to_string(rate.ratio), "must be from 0 to 1");
  if (rate.reservoir > kMaxReservoir)
    problems.add(field + ".reservoir", std::to_string(rate.reservoir), "must be at most 1000000");
}

void check_pattern(Problems& problems, const std::string& field, const std::string& pattern) {
  if (pattern.empty() || pattern.size() > kMaxPattern)
    problems.add(field, pattern.substr(0, kMaxPattern), "must have 1 to 256 characters");
}

}  // namespace

Problems SamplerOptions::validate() const {
  Problems problems;
  check_rate(problems, "rate", rate);
  if (rules.size() > kMaxRules)
    problems.add("rules", std::to_string(rules.size()) + " rules", "must be at most 100");
  for (std::size_t i = 0; i < rules.size() && i < kMaxRules; ++i) {
    const std::string field = "rules[" + std::to_string(i) + "]";
    check_pattern(problems, field + ".operation", rules[i].operation);
    check_pattern(problems, field + ".method", rules[i].method);
    check_rate(problems, field + ".rate", rules[i].rate);
  }
  if (parent != ParentPolicy::respect && parent != ParentPolicy::restart) {
    problems.add("parent", std::to_string(static_cast<int>(parent)),
                 "must be respect (0) or restart (1)");
  }
  return problems;
}

Result<std::shared_ptr<Sampler>> Sampler::make(const SamplerOptions& options) {
  if (auto valid = options.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  return std::shared_ptr<Sampler>(new Sampler(options));
}

Sampler::Sampler(const SamplerOptions& options)
    : rules_(options.rules.size() + 1), parent_(options.parent) {
  for (std::size_t i = 0; i < options.rules.size(); ++i) {
    rules_[i].operation = options.rules[i].operation;
    rules_[i].method = options.rules[i].method;
    fill(rules_[i], options.rules[i].rate);
  }
  fill(rules_.back(), options.rate);
}

void Sampler::fill(Rule& rule, const SamplingRate& rate) const noexcept {
  rule.threshold = threshold_of(rate.ratio);
  rule.probability = probability_of(rule.threshold);
  rule.reservoir = rate.reservoir;
}

std::size_t Sampler::rule_for(std::string_view method, std::string_view operation) const noexcept {
  std::size_t at = 0;
  while (at + 1 < rules_.size() &&
         !(matches(rules_[at].method, method) && matches(rules_[at].operation, operation))) {
    ++at;
  }
  return at;
}

// One word holds the second and what was taken in it, so no second gives more than it has. Whoever
// comes with a `now` of a second that is over takes nothing.
bool Sampler::take(Rule& rule, Instant now) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto second = static_cast<std::uint32_t>(seconds);
  std::uint64_t seen = rule.taken.load(std::memory_order_relaxed);
  for (;;) {
    const auto age = static_cast<std::int32_t>(second - static_cast<std::uint32_t>(seen >> 32));
    const auto count = age == 0 ? static_cast<std::uint32_t>(seen) : 0;
    if (age < 0 || count >= rule.reservoir) return false;
    const std::uint64_t next = std::uint64_t{second} << 32 | (count + 1);
    if (rule.taken.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
  }
}

Decision Sampler::decide(std::size_t rule, const TraceId& trace, Instant now, Sampled parent,
                         std::string_view state) noexcept {
  if (parent != Sampled::undecided && parent_ == ParentPolicy::respect) {
    const auto stated = state.empty() ? std::nullopt : stated_threshold(state);
    return {.sampled = parent == Sampled::yes,
            .probability = stated ? probability_of(*stated) : 1,
            .threshold = std::nullopt};
  }
  Rule& own = rules_[rule];
  if (own.reservoir > 0 && take(own, now))
    return {.sampled = true, .probability = 1, .threshold = std::nullopt};
  // A trace that is begun anew shares nothing with what the caller said of its own.
  if (parent_ == ParentPolicy::restart) state = {};
  return {.sampled = randomness_of(trace, state) >= own.threshold,
          .probability = own.probability,
          .threshold = own.threshold};
}

}  // namespace lift
