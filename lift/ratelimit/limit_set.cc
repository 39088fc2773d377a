#include "lift/ratelimit/detail/limit_set.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lift/telemetry/own_metrics.h"

namespace lift::detail {
namespace {

void add_parts(const LimitOptions& options, const Context& ctx, LimitKey& key) {
  using Part = LimitKey::Part;
  const LimitBy by = options.by;
  const bool user = includes(by, LimitBy::user);
  // Whoever has no name of its own is told apart by its address, not counted with all the others.
  const bool nameless =
      user ? ctx.user().empty() : includes(by, LimitBy::tenant) && ctx.tenant().empty();
  if (user || includes(by, LimitBy::tenant)) key.add(Part::tenant, ctx.tenant());
  if (user) key.add(Part::user, ctx.user());
  if (nameless || includes(by, LimitBy::client)) {
    key.add_address(ctx.client_address(), options.v6_bits);
  }
  if (includes(by, LimitBy::operation)) key.add(Part::operation, ctx.operation());
  if (includes(by, LimitBy::method)) key.add(Part::method, to_string(ctx.request().method));
  if (includes(by, LimitBy::credential)) {
    key.add(Part::credential, ctx.request().headers.value("authorization"));
  }
}

}  // namespace

OneLimit::OneLimit(LimitOptions options, const OneLimit* before, Telemetry& telemetry)
    : options_(std::move(options)), quotas_{options_.quota} {
  users_ = index(options_.users);
  tenants_ = index(options_.tenants);
  plans_ = index(options_.plans);
  register_metrics(telemetry.metrics());
  if (before != nullptr) counts_ = before->counts_->with(quotas_, options_);
  if (!counts_) counts_ = make_counts(options_, quotas_, telemetry.clock());
}

OneLimit::Index OneLimit::index(const std::map<std::string, Quota, std::less<>>& quotas) {
  Index index;
  for (const auto& [name, quota] : quotas) {
    index.emplace(name, quotas_.size());
    quotas_.push_back(quota);
  }
  return index;
}

void OneLimit::register_metrics(MetricRegistry& metrics) {
  const auto requests =
      metrics.counters(own_metric::kLimitRequests.options(), own_label::kOfDecision);
  allowed = requests.with(options_.name, "allowed");
  refused = requests.with(options_.name, "refused");
  would_refuse = requests.with(options_.name, "would_refuse");
  if (options_.compare_to.empty()) return;
  const auto shadow =
      metrics.counters(own_metric::kLimitShadow.options(), own_label::kOfDifference);
  newly_refused = shadow.with(options_.name, "newly_refused");
  newly_allowed = shadow.with(options_.name, "newly_allowed");
}

bool OneLimit::applies(const Context& ctx) const {
  const LimitOptions& o = options_;
  if (o.mode == LayerMode::off) return false;
  const Method method = ctx.request().method;
  if (o.skip_options && method == Method::options) return false;
  const auto is_listed = [](const std::vector<std::string>& list, std::string_view one) {
    return list.empty() || std::ranges::find(list, one) != list.end();
  };
  return is_listed(o.operations, ctx.operation()) && is_listed(o.methods, to_string(method));
}

bool OneLimit::key_of(const Context& ctx, LimitKey& key) const {
  if (options_.key) return options_.key(ctx, key);
  add_parts(options_, ctx, key);
  return true;
}

std::size_t OneLimit::quota_of(const Context& ctx) const {
  if (!users_.empty()) {
    std::array<char, 512> bytes;
    const std::string_view tenant = ctx.tenant();
    const std::string_view user = ctx.user();
    if (tenant.size() + user.size() < bytes.size()) {
      char* end = std::ranges::copy(tenant, bytes.data()).out;
      *end++ = '/';
      end = std::ranges::copy(user, end).out;
      const auto found = users_.find(std::string_view(bytes.data(), end));
      if (found != users_.end()) return found->second;
    }
  }
  if (!tenants_.empty()) {
    if (const auto found = tenants_.find(ctx.tenant()); found != tenants_.end()) {
      return found->second;
    }
  }
  if (plans_.empty()) return 0;
  const auto found = plans_.find(options_.plan(ctx));
  return found != plans_.end() ? found->second : 0;
}

std::uint64_t OneLimit::final_cost(const Context& ctx, const Outcome& outcome,
                                   std::uint64_t held) const noexcept {
  const bool succeeded = outcome.kind == OutcomeKind::success;
  if (options_.charge == LimitCharge::failures) return succeeded ? 0 : held;
  if (options_.charge == LimitCharge::successes) return succeeded ? held : 0;
  try {
    return options_.weigh ? options_.weigh(ctx, outcome) : held;
  } catch (...) {
    return held;
  }
}

LimitSet::LimitSet(RateLimitOptions given, const LimitSet* before, const HashKey& key,
                   Telemetry& telemetry)
    : options(std::move(given)), names(options.header_prefix), secret(key) {
  for (LimitOptions& limit : options.limits) {
    const OneLimit* known = nullptr;
    if (before != nullptr) {
      const auto same = std::ranges::find(before->limits, limit.name,
                                          [](const OneLimit& one) { return one.options().name; });
      if (same != before->limits.end()) known = &*same;
    }
    limits.emplace_back(std::move(limit), known, telemetry);
  }
  options.limits.clear();
}

}  // namespace lift::detail
