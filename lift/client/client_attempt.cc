#include <algorithm>
#include <array>

#include "lift/client/detail/client_attempt.h"

namespace lift::detail {
namespace {

constexpr std::array<std::string_view, 10> kErrors{
    "bad_request", "resolve_failed",  "connect_failed", "connect_timeout", "tls_failed",
    "timeout",     "connection_lost", "bad_response",   "too_large",       "busy"};

/// The error's code as a literal, one of a few.
std::string_view label_of(const Error& error) noexcept {
  const auto* const known = std::ranges::find(kErrors, std::string_view(error.code));
  return known == kErrors.end() ? "_OTHER" : *known;
}

class Answer final : public OpenResponse {
 public:
  Answer(ClientAttempt attempt, std::unique_ptr<OpenResponse> inner)
      : attempt_(std::move(attempt)),
        inner_(std::move(inner)),
        kind_(attempt_.judge(inner_->head)) {
    head = std::move(inner_->head);
    length = inner_->length;
    attempt_.answered(head);
    // What it came to is known; a success may still break off.
    if (length == 0U || kind_ != OutcomeKind::success) attempt_.completed(kind_);
  }

  Task<Result<std::optional<std::string_view>>> next() override {
    auto reading = inner_->next();
    const Result<std::optional<std::string_view>> piece = co_await reading;
    if (!piece) {
      attempt_.failed(piece.error());
    } else if (!*piece) {
      attempt_.completed(kind_);
    }
    co_return piece;
  }

 private:
  ClientAttempt attempt_;
  std::unique_ptr<OpenResponse> inner_;
  OutcomeKind kind_;
};

}  // namespace

ClientAttempt::ClientAttempt(std::shared_ptr<ClientCore> core, Picked picked, std::string method,
                             Loop& loop, Instant start) noexcept
    : core_(std::move(core)),
      picked_(std::move(picked)),
      method_(std::move(method)),
      loop_(loop),
      start_(start) {}

ClientAttempt::ClientAttempt(ClientAttempt&& other) noexcept
    : core_(std::move(other.core_)),
      picked_(std::move(other.picked_)),
      method_(std::move(other.method_)),
      loop_(other.loop_),
      start_(other.start_),
      status_(other.status_) {}

ClientAttempt::~ClientAttempt() {
  finish(OutcomeKind::cancelled_by_us, {.status = status_, .error = "cancelled"});
}

void ClientAttempt::failed(const Error& error) {
  finish(outcome_of(error), {.status = status_, .error = label_of(error)});
}

OutcomeKind ClientAttempt::judge(const ClientResponse& head) const noexcept {
  return core_->options.classifier(head.status, head.headers);
}

void ClientAttempt::finish(OutcomeKind kind, const AttemptEnd& end) {
  const std::shared_ptr<ClientCore> core = std::exchange(core_, nullptr);
  if (core == nullptr) return;
  const Instant now = loop_.clock().now();
  picked_.turn.ended(kind, now, loop_.random());
  if (picked_.held) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.duration = now - start_;
    const auto counted = core->breakers->record(*core->breaker_of[picked_.turn.index()], "",
                                                *picked_.held, outcome, now, loop_.random());
    if (counted == CircuitBreaker::Counted::stale) core->breaker_report->stale.add();
  }
  if (picked_.permit) picked_.permit->release(now);
  core->metrics.ended(picked_.turn.index(), method_, end, now - start_);
}

std::unique_ptr<OpenResponse> answer_of(ClientAttempt attempt,
                                        std::unique_ptr<OpenResponse> inner) {
  return std::make_unique<Answer>(std::move(attempt), std::move(inner));
}

}  // namespace lift::detail
