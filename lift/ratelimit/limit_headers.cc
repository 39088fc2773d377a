#include "lift/ratelimit/limit_headers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace lift {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

std::int64_t whole_seconds(Duration time) noexcept { return ceil<seconds>(time).count(); }

/// Text put together without allocating; what does not fit is left out whole.
class Line {
 public:
  Line& add(std::string_view text) noexcept {
    if (text.size() > bytes_.size() - size_) return *this;
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  Line& add(std::uint64_t number) noexcept {
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return add({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  Line& add(std::int64_t number) noexcept { return add(static_cast<std::uint64_t>(number)); }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  /// 16 limits with names of 64.
  std::array<char, 2048> bytes_;
  std::size_t size_ = 0;
};

/// A number as it stands in a header.
class Digits {
 public:
  explicit Digits(std::uint64_t number) noexcept
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
  [[nodiscard]] std::string_view text() const noexcept { return {digits_.data(), end_}; }

 private:
  std::array<char, 20> digits_;
  const char* end_;
};

void set_number(Headers& headers, std::string_view name, std::uint64_t number) {
  headers.set(name, Digits(number).text());
}

/// Whether the answer has headers of these names already: from another limit, or a service behind.
bool has_any(const Headers& headers, const LegacyHeaderNames& names) noexcept {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string_view name = headers[i].name;
    for (const std::string* known : {&names.limit, &names.remaining, &names.reset}) {
      if (name.size() == known->size() && Headers::same_name(name, *known)) return true;
    }
  }
  return false;
}

void set_legacy(Headers& headers, const LegacyHeaderNames& names, const LimitDecision& decision,
                WallTime now) {
  if (has_any(headers, names)) {
    for (const std::string* name : {&names.limit, &names.remaining, &names.reset}) {
      headers.remove(*name);
    }
  }
  // The prefix was found to be a token when the layer was made.
  const auto reset = ceil<seconds>(now + decision.reset_after).time_since_epoch().count();
  const auto at = static_cast<std::uint64_t>(std::max<std::int64_t>(reset, 0));
  headers.add_valid(names.limit, Digits(decision.limit).text());
  headers.add_valid(names.remaining, Digits(decision.remaining).text());
  headers.add_valid(names.reset, Digits(at).text());
}

void set_draft_06(Headers& headers, const LimitDecision& decision) {
  set_number(headers, "RateLimit-Limit", decision.limit);
  set_number(headers, "RateLimit-Remaining", decision.remaining);
  set_number(headers, "RateLimit-Reset",
             static_cast<std::uint64_t>(whole_seconds(decision.reset_after)));
}

void set_draft_07(Headers& headers, const LimitVerdict& verdict) {
  const LimitDecision& decision = verdict.decision;
  Line now;
  now.add("limit=").add(decision.limit).add(", remaining=").add(decision.remaining);
  headers.set("RateLimit", now.add(", reset=").add(whole_seconds(decision.reset_after)).text());
  Line policy;
  policy.add(verdict.rate.count).add(";w=").add(whole_seconds(verdict.rate.per));
  headers.set("RateLimit-Policy", policy.text());
}

void set_draft_11(Headers& headers, std::span<const LimitVerdict> verdicts) {
  Line policies;
  Line state;
  for (const LimitVerdict& verdict : verdicts) {
    const std::string_view comma = &verdict == &verdicts.front() ? "\"" : ", \"";
    policies.add(comma).add(verdict.limit).add("\";q=").add(verdict.rate.count);
    policies.add(";w=").add(whole_seconds(verdict.rate.per));
    state.add(comma).add(verdict.limit).add("\";r=").add(verdict.decision.remaining);
    state.add(";t=").add(whole_seconds(verdict.decision.reset_after));
  }
  headers.set("RateLimit-Policy", policies.text());
  headers.set("RateLimit", state.text());
}

constexpr std::size_t kMostVerdicts = 16;

/// Without its store a shared limit has no numbers that mean anything to the caller.
bool is_unknown(const LimitVerdict& verdict) noexcept {
  return verdict.decision.source == LimitSource::fallback ||
         verdict.decision.source == LimitSource::unavailable;
}

}  // namespace

LegacyHeaderNames::LegacyHeaderNames(std::string_view prefix)
    : limit(std::string(prefix) + "-Limit"),
      remaining(std::string(prefix) + "-Remaining"),
      reset(std::string(prefix) + "-Reset") {}

const LimitVerdict& binding(std::span<const LimitVerdict> verdicts) noexcept {
  const auto binds_more = [](const LimitVerdict& a, const LimitVerdict& b) {
    if (a.decision.allowed != b.decision.allowed) return !a.decision.allowed;
    if (!a.decision.allowed) return a.decision.retry_after > b.decision.retry_after;
    return a.decision.remaining < b.decision.remaining;
  };
  return *std::ranges::min_element(verdicts, binds_more);
}

namespace {

/// Apart, as so many verdicts take their time to be made.
void set_known(Headers& headers, LimitHeaders style, const LegacyHeaderNames& names,
               std::span<const LimitVerdict> verdicts, WallTime now) {
  std::array<LimitVerdict, kMostVerdicts> known;
  const auto end = std::ranges::remove_copy_if(verdicts, known.begin(), is_unknown).out;
  set_limit_headers(headers, style, names, {known.begin(), end}, now);
}

}  // namespace

void set_limit_headers(Headers& headers, LimitHeaders style, const LegacyHeaderNames& names,
                       std::span<const LimitVerdict> verdicts, WallTime now) {
  if (verdicts.empty()) return;
  if (std::ranges::any_of(verdicts, is_unknown)) {
    return set_known(headers, style, names, verdicts, now);
  }
  switch (style) {
    case LimitHeaders::none:
      return;
    case LimitHeaders::legacy:
      return set_legacy(headers, names, binding(verdicts).decision, now);
    case LimitHeaders::draft_06:
      return set_draft_06(headers, binding(verdicts).decision);
    case LimitHeaders::draft_07:
      return set_draft_07(headers, binding(verdicts));
    case LimitHeaders::draft_11:
      return set_draft_11(headers, verdicts);
  }
}

std::optional<std::int64_t> retry_seconds(const LimitDecision& refused) noexcept {
  if (refused.retry_after == kNeverAgain) return std::nullopt;
  return std::max<std::int64_t>(whole_seconds(refused.retry_after), 1);
}

}  // namespace lift
