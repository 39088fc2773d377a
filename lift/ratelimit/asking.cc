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

bool Asking::run() {
  try {
    while (next_ < set_.limits.size()) {
      if (!ask(next_++)) return false;
    }
    return true;
  } catch (...) {
    undo(Which::all);
    throw;
  }
}

bool Asking::ask(std::size_t index) {
  const OneLimit& limit = set_.limits[index];
  if (!limit.applies(ctx_)) return true;
  LimitKey key;
  if (!limit.key_of(ctx_, key)) return true;
  const Question question{.limit = &limit,
                          .index = index,
                          .hash = key.hash(set_.secret),
                          .quota = limit.quota_of(ctx_),
                          .cost = limit.cost_of(ctx_)};
  if (refusals_ > 0 && limit.options().mode == LayerMode::enforce) {
    accept(question,
           {.decision = limit.counts().peek(question.hash, question.quota, time_, question.cost)});
    return true;
  }
  LimitCounts::Taken taken =
      limit.counts().take(question.hash, question.quota, time_, question.cost);
  if (taken.undecided) {
    open_ = question;
    return false;
  }
  keep_turn(question, taken);
  accept(question, taken);
  return true;
}

Task<void> Asking::decide() {
  const Question question = open_;
  const OneLimit& limit = *question.limit;
  LimitKey key;
  static_cast<void>(limit.key_of(ctx_, key));
  const Duration left = ctx_.deadline() - time_.now;
  const Duration patience =
      std::clamp(limit.options().max_wait, Duration::zero(), std::max(left, Duration::zero()));
  Task<LimitCounts::Taken> deciding =
      limit.counts().decide(key, question.hash, question.quota, time_, question.cost, patience);
  LimitCounts::Taken taken = co_await deciding;
  keep_turn(question, taken);
  accept(question, taken);
}

/// One whose turn comes only after the request's deadline is refused instead.
void Asking::keep_turn(const Question& question, LimitCounts::Taken& taken) const {
  LimitDecision& decision = taken.decision;
  if (decision.wait == Duration::zero()) return;
  if (saturating_add(time_.now, decision.wait) < ctx_.deadline()) return;
  question.limit->counts().undo(taken.place, time_, time_, question.cost);
  decision.allowed = false;
  decision.retry_after = std::exchange(decision.wait, Duration::zero());
}

void Asking::accept(const Question& question, const LimitCounts::Taken& taken) {
  if (question.limit->options().mode == LayerMode::enforce) {
    enforce(question, taken);
  } else {
    shadow(question, taken);
  }
}

void Asking::enforce(const Question& question, const LimitCounts::Taken& taken) {
  const OneLimit& limit = *question.limit;
  const LimitDecision& decision = taken.decision;
  ::new (&verdicts_[verdict_count_++]) LimitVerdict{ctx_.arena().copy(limit.options().name),
                                                    limit.quota(question.quota).rate, decision};
  if (!decision.allowed) {
    refused_by_ |= 1U << question.index;
    limit.refused.add();
    if (refusals_++ == 0) undo(Which::enforced);
    return;
  }
  if (refusals_ > 0) return;
  limit.allowed.add();
  wait_ = std::max(wait_, decision.wait);
  if (question.cost == 0) return;
  ::new (&charges_[charge_count_++]) HeldCharges::Charge{&limit, taken.place, question.cost};
  if (limit.options().settles()) ++settled_later_;
}

void Asking::shadow(const Question& question, const LimitCounts::Taken& taken) {
  const OneLimit& limit = *question.limit;
  (taken.decision.allowed ? limit.allowed : limit.would_refuse).add();
  compare(question, taken.decision);
  if (!taken.decision.allowed || !limit.options().settles() || question.cost == 0) return;
  ::new (&charges_[charge_count_++]) HeldCharges::Charge{&limit, taken.place, question.cost};
  ++settled_later_;
}

void Asking::compare(const Question& question, const LimitDecision& decision) {
  const OneLimit& limit = *question.limit;
  if (limit.options().compare_to.empty()) return;
  for (std::size_t other = 0; other < question.index; ++other) {
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
    if (which == Which::enforced && charge.limit->options().mode == LayerMode::shadow) {
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
