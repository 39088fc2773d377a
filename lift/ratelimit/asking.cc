#include "lift/ratelimit/detail/asking.h"

#include <algorithm>
#include <new>
#include <utility>

namespace lift::detail {

void HeldCharges::settle(const Context& ctx, const Outcome& outcome,
                         const LimitTime& now) noexcept {
  for (const Charge& charge : charges) {
    if (!charge.limit->options().settles()) continue;
    const std::uint64_t cost = charge.limit->final_cost(ctx, outcome, charge.amount);
    charge.limit->counts().settle(charge.place, then, now, charge.amount, cost);
  }
  std::destroy_at(this);
}

void HeldCharges::release(const LimitTime& now) noexcept {
  for (const Charge& charge : charges) {
    if (!charge.limit->options().settles()) continue;
    charge.limit->counts().undo(charge.place, then, now, charge.amount);
  }
  std::destroy_at(this);
}

Asking::Asking(Context& ctx, const LimitSet& set, const LimitTime& time)
    : ctx_(ctx), set_(set), time_(time) {
  const std::size_t most = set.limits.size();
  Arena& arena = ctx.arena();
  verdicts_ = static_cast<LimitVerdict*>(
      arena.allocate(most * sizeof(LimitVerdict), alignof(LimitVerdict)));
  charges_ = static_cast<HeldCharges::Charge*>(
      arena.allocate(most * sizeof(HeldCharges::Charge), alignof(HeldCharges::Charge)));
}

void Asking::run() {
  try {
    for (std::size_t i = 0; i < set_.limits.size(); ++i) ask(i);
  } catch (...) {
    undo(Which::all);
    throw;
  }
}

void Asking::ask(std::size_t index) {
  const OneLimit& limit = set_.limits[index];
  if (!limit.applies(ctx_)) return;
  LimitKey key;
  if (!limit.key_of(ctx_, key)) return;
  const std::uint64_t hash = key.hash(set_.secret);
  const std::size_t quota = limit.quota_of(ctx_);
  const std::uint64_t cost = limit.cost_of(ctx_);
  if (limit.options().mode == LimitMode::enforce) {
    enforce(limit, hash, quota, cost);
    if (!verdicts_[verdict_count_ - 1].decision.allowed) refused_by_ |= 1U << index;
    return;
  }
  const MemoryLimit::Taken taken = limit.counts().take(hash, quota, time_, cost);
  shadow(limit, index, taken.decision);
  if (!taken.decision.allowed || !limit.options().settles() || cost == 0) return;
  ::new (&charges_[charge_count_++]) HeldCharges::Charge{&limit, taken.place, cost};
  ++settled_later_;
}

/// One whose turn comes only after the request's deadline is refused instead.
MemoryLimit::Taken Asking::take(const OneLimit& limit, std::uint64_t key, std::size_t quota,
                                std::uint64_t cost) const {
  MemoryLimit::Taken taken = limit.counts().take(key, quota, time_, cost);
  LimitDecision& decision = taken.decision;
  if (decision.wait == Duration::zero()) return taken;
  if (saturating_add(time_.now, decision.wait) < ctx_.deadline()) return taken;
  limit.counts().undo(taken.place, time_, time_, cost);
  decision.allowed = false;
  decision.retry_after = std::exchange(decision.wait, Duration::zero());
  return taken;
}

void Asking::enforce(const OneLimit& limit, std::uint64_t key, std::size_t quota,
                     std::uint64_t cost) {
  MemoryLimit::Taken taken{};
  if (refusals_ == 0) {
    taken = take(limit, key, quota, cost);
  } else {
    taken.decision = limit.counts().peek(key, quota, time_, cost);
  }
  const LimitDecision& decision = taken.decision;
  ::new (&verdicts_[verdict_count_++])
      LimitVerdict{ctx_.arena().copy(limit.options().name), limit.quota(quota).rate, decision};
  if (!decision.allowed) {
    limit.refused.add();
    if (refusals_++ == 0) undo(Which::enforced);
    return;
  }
  if (refusals_ > 0) return;
  limit.allowed.add();
  wait_ = std::max(wait_, decision.wait);
  if (cost == 0) return;
  ::new (&charges_[charge_count_++]) HeldCharges::Charge{&limit, taken.place, cost};
  if (limit.options().settles()) ++settled_later_;
}

void Asking::shadow(const OneLimit& limit, std::size_t index, const LimitDecision& decision) {
  (decision.allowed ? limit.allowed : limit.would_refuse).add();
  if (limit.options().compare_to.empty()) return;
  for (std::size_t other = 0; other < index; ++other) {
    if (set_.limits[other].options().name != limit.options().compare_to) continue;
    const bool refused = (refused_by_ >> other & 1) != 0;
    if (decision.allowed && refused) limit.newly_allowed.add();
    if (!decision.allowed && !refused) limit.newly_refused.add();
  }
}

/// Limits in shadow decide as if they were by themselves.
void Asking::undo(Which which) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < charge_count_; ++i) {
    const HeldCharges::Charge& charge = charges_[i];
    if (which == Which::enforced && charge.limit->options().mode == LimitMode::shadow) {
      charges_[kept++] = charge;
      continue;
    }
    charge.limit->counts().undo(charge.place, time_, time_, charge.amount);
    if (charge.limit->options().settles()) --settled_later_;
  }
  charge_count_ = kept;
}

HeldCharges* Asking::held(const std::shared_ptr<const LimitSet>& owner) const {
  if (settled_later_ == 0) return nullptr;
  void* const at = ctx_.arena().allocate(sizeof(HeldCharges), alignof(HeldCharges));
  return ::new (at)
      HeldCharges{.owner = owner, .then = time_, .charges = std::span(charges_, charge_count_)};
}

}  // namespace lift::detail
