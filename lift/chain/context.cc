#include "lift/chain/context.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "lift/base/task_scope.h"
#include "lift/chain/run.h"

namespace lift {

void Context::limit_deadline(Instant at) noexcept {
  if (at >= deadline_) return;
  deadline_ = at;
  run_->state_.deadline_layer = run_->state_.current;
  loop_.timers().arm(run_->timer_, at);
}

void Context::set_identity(const Identity& identity) noexcept {
  identity_ = identity;
  if (trail_ == nullptr) return;
  trail_->identity.tenant = identity.tenant;
  trail_->identity.user = identity.user;
}

void Context::set_request_id(std::string_view id) noexcept {
  request_id_ = id;
  if (trail_ != nullptr) trail_->identity.request_id = id;
}

Log Context::log() noexcept {
  return trail_ == nullptr ? Log() : Log(*trail_, trail_->levels().app(), trail_->trace.span);
}

Log Context::log(std::string_view module) {
  if (trail_ == nullptr) return {};
  return {*trail_, trail_->levels().module(module), trail_->trace.span};
}

void* Context::bound_by_current() const noexcept {
  return run_->chain_->layers()[run_->state_.current].bound;
}

std::string_view Context::operation() const noexcept { return run_->chain_->operation(); }

const RouteOptions& Context::route() const noexcept { return run_->chain_->options(); }

std::string_view Context::param(std::string_view name) const noexcept {
  for (const PathParam& param : params()) {
    if (param.name == name) return param.value;
  }
  return {};
}

void Context::set_params(std::span<const PathParam> params) noexcept {
  param_count_ = std::min(params.size(), kMaxPathParams);
  std::copy_n(params.begin(), param_count_, params_.begin());
}

Verdict Context::answer(Response&& response) noexcept {
  own_response_ = std::move(response);
  Run::State& state = run_->state_;
  state.rejected_by = {};
  state.reason = {};
  state.retry_after.reset();
  state.threw = false;
  return Verdict::answered;
}

Verdict Context::reject(std::string_view reason, Response&& response,
                        std::optional<Duration> retry_after) noexcept {
  own_response_ = std::move(response);
  Run::State& state = run_->state_;
  // A handler is no layer: what it calls a rejection is an answer like any other.
  const std::vector<AnyLayer>& layers = run_->chain_->layers();
  if (state.current < layers.size()) state.rejected_by = layers[state.current].name;
  state.reason = reason;
  state.retry_after = retry_after;
  if (retry_after && !own_response_.headers.contains("retry-after")) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*retry_after).count();
    std::array<char, 24> text{};
    const auto end =
        std::to_chars(text.begin(), text.end(), std::max<std::int64_t>(seconds, 1)).ptr;
    own_response_.headers.add("retry-after", std::string_view(text.begin(), end));
  }
  return Verdict::answered;
}

Verdict Context::reject(std::string_view reason, const HttpError& error) {
  return reject(reason, error.response(request_id_));
}

Verdict Context::pending(Task<Verdict> task) noexcept {
  run_->pending_ = std::move(task);
  return Verdict::pending;
}

bool Context::spawn(Task<void> task) { return scope_ != nullptr && scope_->spawn(std::move(task)); }

void detail::missing_state(const char* type) noexcept {
  std::fprintf(stderr, "lift: no such state was provided to the app: %s\n", type);
  std::abort();
}

}  // namespace lift
