// One call: whose turn it is, whether to try again, and what is told to the service.
#include <algorithm>
#include <array>
#include <utility>

#include "lift/base/sleep.h"
#include "lift/chain/context.h"
#include "lift/chain/trace_headers.h"
#include "lift/client/detail/client_attempt.h"
#include "lift/client/detail/client_core.h"
#include "lift/http/method.h"
#include "lift/http/retry_after.h"

namespace lift::detail {
namespace {

constexpr std::array<std::string_view, 5> kUnseen{"resolve_failed", "connect_failed",
                                                  "connect_timeout", "tls_failed", "busy"};

/// A refused answer's body is read to its end if it is no larger, so that its connection is kept.
constexpr std::uint64_t kReadAway = 64 * 1024;

/// RFC 9110 §9.2.2.
bool is_idempotent(std::string_view method) noexcept {
  const std::optional<Method> known = method_from(method);
  return known ? *known != Method::post && *known != Method::patch : method == "TRACE";
}

/// Into the head.
Task<Result<>> read_all(OpenResponse& answer) {
  while (true) {
    auto reading = answer.next();
    const Result<std::optional<std::string_view>> piece = co_await reading;
    if (!piece) co_return std::unexpected(piece.error());
    if (!*piece) co_return Result<>();
    answer.head.body.append(**piece);
  }
}

Task<void> read_away(OpenResponse& answer) {
  if (answer.length.value_or(kReadAway + 1) > kReadAway) co_return;
  while (true) {
    auto reading = answer.next();
    const Result<std::optional<std::string_view>> piece = co_await reading;
    if (!piece || !*piece) co_return;
  }
}

}  // namespace

OutcomeKind outcome_of(const Error& error) noexcept {
  if (error.code == "timeout" || error.code == "connect_timeout") return OutcomeKind::timeout;
  // Neither is the endpoint's fault, and another attempt would end the same way.
  if (error.code == "bad_request" || error.code == "too_large") return OutcomeKind::ignored;
  const bool here =
      error.code == "busy" || error.code == "circuit_open" || error.code == "bulkhead_full";
  return here ? OutcomeKind::rejected : OutcomeKind::failure;
}

bool unseen(const Error& error) noexcept {
  return std::ranges::find(kUnseen, std::string_view(error.code)) != kUnseen.end();
}

ClientCall::ClientCall(std::shared_ptr<ClientCore> core, Context* ctx, ClientRequest& request,
                       Reading reading) noexcept
    : core_(std::move(core)),
      ctx_(ctx),
      request_(request),
      reading_(reading),
      loop_(Loop::current()),
      target_(request.url.target),
      deadline_(std::min(request.deadline, ctx == nullptr ? kNever : ctx->deadline())) {}

Task<Opening> ClientCall::run() {
  Instant now = loop_.clock().now();
  deadline_ = std::min(deadline_, saturating_add(now, core_->options.timeout));
  Opening last = fail("timeout", "the time for the call was used up before it began");
  while (now < deadline_) {
    Task<Opening> trying = try_once(now);
    last = co_await trying;
    now = loop_.clock().now();
    if (!again(last, now)) break;
    RetryToken token(core_->budget);
    if (last) {
      if (reading_ == Reading::head) {
        Task<void> reading = read_away(**last);
        co_await reading;
      }
      last = fail("timeout", "the time for the call was used up between two attempts");
    }
    if (state_.last_wait > Duration::zero()) co_await sleep(state_.last_wait);
    now = loop_.clock().now();
    if (now < deadline_) token.used();
  }
  settle(last, now);
  request_.url.target = std::move(target_);
  co_return last;
}

/// A place first, as nobody should hold a breaker's probe while waiting.
Task<Opening> ClientCall::try_once(Instant now) {
  std::optional<BulkheadPermit> permit;
  if (core_->bulkhead) {
    Task<BulkheadAnswer> placing = place();
    BulkheadAnswer answer = co_await placing;
    if (!answer.permit) {
      co_return fail("bulkhead_full", "there is no place for another call to " +
                                          core_->options.name + ": " +
                                          std::string(to_string(answer.refusal.reason)));
    }
    permit.emplace(std::move(*answer.permit));
    now = loop_.clock().now();
  }
  std::optional<Picked> picked = pick(now);
  if (!picked) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(retry_after_);
    co_return fail("circuit_open", "the circuit breakers of " + core_->options.name +
                                       " are open, for " + std::to_string(left.count()) + " ms");
  }
  if (permit) picked->permit.emplace(std::move(*permit));
  const std::optional<Duration> after = hedge_after();
  Task<Opening> trying =
      after ? hedged(std::move(*picked), *after) : attempt(std::move(*picked), request_);
  Opening opening = co_await trying;
  if (is_good(opening)) core_->latency.record(loop_.clock().now() - now);
  co_return opening;
}

Task<BulkheadAnswer> ClientCall::place() {
  Bulkhead::Asked asked;
  if (ctx_ != nullptr) asked.tenant = ctx_->tenant();
  asked.deadline = deadline_;
  const Instant from = loop_.clock().now();
  Task<BulkheadAnswer> acquiring = core_->bulkhead->acquire(asked);
  const bool at_once = acquiring.done();
  BulkheadAnswer answer = co_await acquiring;
  const BulkheadReport& report = *core_->bulkhead_report;
  if (!at_once) report.waited_for(loop_.clock().now() - from);
  if (!answer.permit) {
    report.refused(answer.refusal);
  } else if (at_once) {
    report.admitted.add();
  } else {
    report.waited.add();
  }
  co_return answer;
}

std::optional<Picked> ClientCall::pick(Instant now) {
  retry_after_ = Duration::max();
  for (std::size_t looks = 0; looks < core_->upstream.endpoints().size(); ++looks) {
    // All had their turn: from here on any may have another.
    if (tried_.count() >= core_->upstream.endpoints().size()) tried_.reset();
    std::optional<Upstream::Turn> turn = core_->upstream.next(now, loop_.random(), tried_);
    if (!turn) break;
    tried_.set(turn->index());
    if (!core_->breakers) return Picked{.turn = std::move(*turn), .held = {}, .permit = {}};
    CircuitBreakers::Operation& breaker = *core_->breaker_of[turn->index()];
    const auto admission = core_->breakers->admit(breaker, "", now, loop_.random());
    if (admission.held) {
      core_->breaker_report->admitted.add();
      return Picked{.turn = std::move(*turn), .held = admission.held, .permit = {}};
    }
    core_->breaker_report->rejected.add();
    retry_after_ = std::min(retry_after_, admission.retry_after);
  }
  return std::nullopt;
}

/// Decides, and takes the token.
bool ClientCall::again(const Opening& last, Instant now) {
  if (!core_->retry) return false;
  const RetryFacts facts = facts_of(last);
  const bool good = facts.kind == OutcomeKind::success || facts.kind == OutcomeKind::ignored;
  if (good) return false;
  const auto decision =
      core_->retry->after(state_, facts, now, deadline_, core_->budget, loop_.random(),
                          core_->latency.quantile(0.5).value_or(Duration::zero()));
  core_->metrics.decided(decision.why);
  return decision.retry;
}

RetryFacts ClientCall::facts_of(const Opening& last) const {
  RetryFacts facts;
  facts.replayable = replayable();
  if (!last) {
    facts.kind = outcome_of(last.error());
    facts.unseen = unseen(last.error()) && !body_begun_;
    facts.elsewhere = tried_.count() < core_->upstream.endpoints().size();
    return facts;
  }
  const ClientResponse& head = (*last)->head;
  facts.kind = core_->options.classifier(head.status, head.headers);
  facts.forbidden = head.headers.value("x-should-retry") == "false";
  if (const auto text = head.headers.get("retry-after")) {
    facts.retry_after = parse_retry_after(*text, loop_.clock().wall());
  }
  return facts;
}

bool ClientCall::replayable() const {
  return !body_begun_ &&
         (is_idempotent(request_.method) || request_.headers.contains("idempotency-key"));
}

void ClientCall::settle(const Opening& last, Instant now) {
  if (!last) return;
  const ClientResponse& head = (*last)->head;
  if (core_->options.classifier(head.status, head.headers) == OutcomeKind::success) {
    RetryPolicy::succeeded(state_, now, core_->budget);
    if (state_.attempt == 1) core_->hedge_budget.succeeded(now);
  }
}

Task<Opening> ClientCall::attempt(Picked picked, ClientRequest& request) {
  const Instant start = loop_.clock().now();
  ClientAttempt attempt(core_, std::move(picked), request.method, loop_, start);
  Span span = begin_span(attempt.turn());
  prepare(request, attempt.turn(), span, start);
  Task<Opening> opening = core_->transports.here().open(request);
  Opening opened = co_await opening;
  if (!opened) {
    span.set(field("error.type", opened.error().code));
    span.fail(opened.error().message);
    body_begun_ = body_begun_ || (request.producer && !unseen(opened.error()));
    attempt.failed(opened.error());
    co_return std::unexpected(opened.error());
  }
  body_begun_ = body_begun_ || static_cast<bool>(request.producer);
  const int status = (*opened)->head.status;
  span.set(field("http.response.status_code", status));
  if (status >= 400) {
    span.set(field("error.type", std::to_string(status)));
    span.fail("");
  }
  std::unique_ptr<OpenResponse> answer = answer_of(std::move(attempt), std::move(*opened));
  if (reading_ == Reading::all) {
    Task<Result<>> reading = read_all(*answer);
    const Result<> read = co_await reading;
    if (!read) co_return std::unexpected(read.error());
  }
  co_return answer;
}

/// Points the request at the endpoint, and tells it what it must know of its caller.
void ClientCall::prepare(ClientRequest& request, const Upstream::Turn& turn, const Span& span,
                         Instant now) const {
  const ClientOptions& options = core_->options;
  turn.endpoint().place(target_, request.url);
  request.deadline = std::min(deadline_, saturating_add(now, options.attempt_timeout));
  Headers& headers = request.headers;
  if (ctx_ != nullptr) {
    inject(span.context(), headers);
    if (!ctx_->request_id().empty()) headers.set("x-request-id", ctx_->request_id());
  }
  if (options.send_timeout) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(request.deadline - now).count();
    headers.set("x-timeout-ms", std::to_string(left));
  }
  headers.remove("x-previous-attempts");
  if (state_.attempt > 1) {
    headers.set("x-previous-attempts", std::to_string(state_.attempt - 1));
  }
}

Span ClientCall::begin_span(const Upstream::Turn& turn) const {
  if (ctx_ == nullptr) return {};
  Span span = ctx_->span(request_.method + " " + core_->options.name, SpanKind::client);
  const Endpoint& endpoint = turn.endpoint();
  span.set(field("http.request.method", request_.method));
  span.set(field("server.address", endpoint.url.host));
  span.set(field("server.port", endpoint.url.port));
  span.set(field("service.peer.name", core_->options.name));
  if (state_.attempt > 1) span.set(field("http.request.resend_count", state_.attempt - 1));
  return span;
}

}  // namespace lift::detail
