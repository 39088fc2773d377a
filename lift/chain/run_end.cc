// The second half of a run: from the answer to the last layer's end.
#include <algorithm>
#include <utility>

#include "lift/chain/run.h"

namespace lift {

void Run::answered() noexcept {
  state_.phase = Phase::answered;
  if (state_.expired) {
    chain_->counters().lingering.fetch_sub(1, std::memory_order_relaxed);
    close_inner(state_.gave_up ? OutcomeKind::timeout : kind_now());
    if (state_.delivered) finish();
    return;
  }
  if (state_.lost) {
    close_inner(OutcomeKind::cancelled_by_caller);
    return finish();
  }
  if (context_.deadline_ != kNever && context_.loop_.clock().coarse() > context_.deadline_) {
    return overran();
  }
  commit();
}

void Run::commit() noexcept {
  if (!context_.response_->body.streaming()) timer_.cancel();
  state_.outcome = outcome(kind_now());
  state_.outcome.duration = {};
  leave(state_.entered, 0, state_.outcome);
  state_.inner_left = true;
  state_.committed = true;
  carrier_.commit(*this, *context_.response_);
}

void Run::sent(Delivery delivery) noexcept {
  timer_.cancel();
  state_.delivered = true;
  Outcome& outcome = state_.outcome;
  if (delivery == Delivery::peer_gone || state_.lost) {
    outcome.kind = OutcomeKind::cancelled_by_caller;
  } else if (delivery == Delivery::broken) {
    outcome.kind = context_.stop_.requested() ? OutcomeKind::timeout : OutcomeKind::failure;
  }
  outcome.duration = elapsed();
  if (state_.expired) {
    end(state_.split, 0, outcome);
    state_.outer_ended = true;
    if (state_.phase != Phase::answered) return;  // the handler has yet to notice
  } else {
    end(state_.entered, 0, outcome);
    state_.inner_ended = true;
  }
  finish();
}

void Run::lost() noexcept {
  if (state_.lost || state_.phase == Phase::idle) return;
  state_.lost = true;
  chain_->counters().cancelled.fetch_add(1, std::memory_order_relaxed);
  // What runs ends when it notices: perhaps in this very call, and this run with it.
  if (state_.committed || state_.asking || state_.phase != Phase::body) {
    return context_.stop_.request();
  }
  context_.stop_.request();
  if (body_waiter_) return std::exchange(body_waiter_, {}).resume();
  answered();
}

/// The deadline has come while something waits, or while the body streams out.
void Run::expire() noexcept {
  if (state_.committed || state_.lost) return context_.stop_.request();
  begin_timeout();
  leave(state_.split, 0, state_.outcome);
  // From here on what is further in writes to nothing.
  context_.response_ = &context_.own_response_;
  if (state_.phase == Phase::body && !body_waiter_) {
    context_.stop_.request();
    state_.phase = Phase::answered;  // nothing runs that would have to notice
    close_inner(OutcomeKind::timeout);
  } else {
    // Counted first: what runs may notice the stop at once.
    chain_->counters().lingering.fetch_add(1, std::memory_order_relaxed);
    context_.stop_.request();
    if (body_waiter_) std::exchange(body_waiter_, {}).resume();
  }
  commit_timeout();
}

/// The handler came back too late, and the loop had no turn to say so before.
void Run::overran() noexcept {
  chain_->counters().overruns.fetch_add(1, std::memory_order_relaxed);
  const OutcomeKind own = kind_now();
  begin_timeout();
  context_.response_ = &context_.own_response_;
  close_inner(own);
  context_.response_ = timeout_response_.get();
  leave(state_.split, 0, state_.outcome);
  context_.stop_.request();
  commit_timeout();
}

void Run::begin_timeout() noexcept {
  timer_.cancel();
  chain_->counters().timeouts.fetch_add(1, std::memory_order_relaxed);
  state_.expired = true;
  state_.split = std::min(state_.deadline_layer + 1, state_.entered);
  state_.outcome = Outcome{.kind = OutcomeKind::timeout,
                           .duration = {},
                           .rejected_by = {},
                           .reason = "deadline",
                           .retry_after = {}};
  const HttpError error(context_.timeout_status_, "TIMEOUT", "The request took longer than it may");
  timeout_response_ = std::make_unique<Response>(error.response(context_.request_id_));
  context_.response_ = timeout_response_.get();
}

void Run::commit_timeout() noexcept {
  context_.response_ = &context_.own_response_;  // what the handler still writes goes nowhere
  state_.committed = true;
  carrier_.commit(*this, *timeout_response_);
}

void Run::close_inner(OutcomeKind kind) noexcept {
  Outcome how = outcome(kind);
  leave(state_.entered, state_.split, how);
  how.duration = elapsed();
  end(state_.entered, state_.split, how);
  state_.inner_left = state_.inner_ended = true;
}

void Run::finish() noexcept {
  timer_.cancel();
  state_.outer_ended = true;
  carrier_.finished(*this);
}

void Run::abandon() noexcept {
  if (state_.phase == Phase::idle) return;
  timer_.cancel();
  if (state_.expired && state_.phase != Phase::answered) {
    chain_->counters().lingering.fetch_sub(1, std::memory_order_relaxed);
  }
  // The frames go first: what they hold may still use the layers' slots.
  waiting_.drop();
  handler_.drop();
  pending_.drop();
  state_.phase = Phase::idle;
  if (state_.inner_ended && state_.outer_ended) return;
  Outcome dropped = outcome(OutcomeKind::cancelled_by_us);
  if (!state_.inner_left) leave(state_.entered, state_.split, dropped);
  dropped.duration = elapsed();
  if (!state_.inner_ended) end(state_.entered, state_.split, dropped);
  if (!state_.outer_ended) end(state_.split, 0, dropped);
}

void Run::leave(std::size_t from, std::size_t to, const Outcome& how) noexcept {
  const AnyLayer* layers = chain_->layers().data();
  while (from > to) {
    const AnyLayer& at = layers[--from];
    if (at.leave != nullptr) at.leave(at.object, context_, slot(from), how);
  }
}

void Run::end(std::size_t from, std::size_t to, const Outcome& how) noexcept {
  const AnyLayer* layers = chain_->layers().data();
  while (from > to) {
    const AnyLayer& at = layers[--from];
    if (at.end != nullptr) at.end(at.object, context_, slot(from), how);
  }
}

OutcomeKind Run::kind_now() const noexcept {
  if (!state_.rejected_by.empty()) return OutcomeKind::rejected;
  return chain_->judge(Evidence{.response = context_.own_response_, .threw = state_.threw});
}

Outcome Run::outcome(OutcomeKind kind) const noexcept {
  return Outcome{.kind = kind,
                 .duration = {},
                 .rejected_by = state_.rejected_by,
                 .reason = state_.reason,
                 .retry_after = state_.retry_after};
}

Duration Run::elapsed() const noexcept { return context_.loop_.clock().now() - context_.start_; }

}  // namespace lift
