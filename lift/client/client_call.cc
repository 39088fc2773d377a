// One call: the attempts it is made of, and what is said of each.
#include <algorithm>
#include <array>
#include <utility>

#include "lift/chain/context.h"
#include "lift/chain/trace_headers.h"
#include "lift/client/detail/client_core.h"

namespace lift::detail {
namespace {

constexpr std::array<std::string_view, 5> kUnseen{"resolve_failed", "connect_failed",
                                                  "connect_timeout", "tls_failed", "busy"};
constexpr std::array<std::string_view, 10> kErrors{
    "bad_request", "resolve_failed",  "connect_failed", "connect_timeout", "tls_failed",
    "timeout",     "connection_lost", "bad_response",   "too_large",       "busy"};

/// The error's code as a literal, one of a few.
std::string_view label_of(const Error& error) noexcept {
  const auto* const known = std::ranges::find(kErrors, std::string_view(error.code));
  return known == kErrors.end() ? "_OTHER" : *known;
}

}  // namespace

OutcomeKind outcome_of(const Error& error) noexcept {
  if (error.code == "timeout" || error.code == "connect_timeout") return OutcomeKind::timeout;
  if (error.code == "bad_request") return OutcomeKind::ignored;
  return error.code == "busy" ? OutcomeKind::rejected : OutcomeKind::failure;
}

bool unseen(const Error& error) noexcept {
  return std::ranges::find(kUnseen, std::string_view(error.code)) != kUnseen.end();
}

/// An attempt under way, counted once however it ends: answered, failed, or dropped.
class ClientCall::Attempt {
 public:
  Attempt(std::shared_ptr<ClientCore> core, Upstream::Turn turn, std::string method, Loop& loop,
          Instant start) noexcept
      : core_(std::move(core)),
        turn_(std::move(turn)),
        method_(std::move(method)),
        loop_(loop),
        start_(start) {}
  Attempt(Attempt&& other) noexcept
      : core_(std::move(other.core_)),
        turn_(std::move(other.turn_)),
        method_(std::move(other.method_)),
        loop_(other.loop_),
        start_(other.start_),
        status_(other.status_) {}
  Attempt& operator=(Attempt&&) = delete;
  ~Attempt() {
    if (core_ != nullptr) finish(OutcomeKind::cancelled_by_us, {status_, "cancelled"});
  }

  [[nodiscard]] const Upstream::Turn& turn() const noexcept { return turn_; }
  void answered(const ClientResponse& head) noexcept { status_ = head.status; }
  void completed(OutcomeKind kind) { finish(kind, {status_, ""}); }
  void failed(const Error& error) { finish(outcome_of(error), {status_, label_of(error)}); }
  [[nodiscard]] OutcomeKind judge(const ClientResponse& head) const noexcept {
    return core_->options.classifier(head.status, head.headers);
  }

 private:
  void finish(OutcomeKind kind, const AttemptEnd& end) {
    const std::shared_ptr<ClientCore> core = std::exchange(core_, nullptr);
    if (core == nullptr) return;
    const Instant now = loop_.clock().now();
    turn_.ended(kind, now, loop_.random());
    core->metrics.ended(turn_.index(), method_, end, now - start_);
  }

  std::shared_ptr<ClientCore> core_;  // null once it is counted
  Upstream::Turn turn_;
  std::string method_;
  Loop& loop_;
  Instant start_;
  int status_ = 0;
};

namespace {

/// An answer whose body is still to come: the attempt ends with it.
template <class Attempt>
class Answer final : public OpenResponse {
 public:
  Answer(Attempt attempt, std::unique_ptr<OpenResponse> inner)
      : attempt_(std::move(attempt)),
        inner_(std::move(inner)),
        kind_(attempt_.judge(inner_->head)) {
    head = std::move(inner_->head);
    length = inner_->length;
    if (length == 0U) attempt_.completed(kind_);
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
  Attempt attempt_;
  std::unique_ptr<OpenResponse> inner_;
  OutcomeKind kind_;
};

}  // namespace

ClientCall::ClientCall(std::shared_ptr<ClientCore> core, Context* ctx,
                       ClientRequest& request) noexcept
    : core_(std::move(core)),
      ctx_(ctx),
      request_(request),
      loop_(Loop::current()),
      target_(request.url.target),
      deadline_(std::min(request.deadline, ctx == nullptr ? kNever : ctx->deadline())) {}

Task<Opening> ClientCall::run() {
  const ClientOptions& options = core_->options;
  Instant now = loop_.clock().now();
  deadline_ = std::min(deadline_, saturating_add(now, options.timeout));
  Upstream::Tried tried;
  Opening last = fail("timeout", "the time for the call was used up before it began");
  while (number_ < options.attempts && now < deadline_) {
    std::optional<Upstream::Turn> turn = core_->upstream.next(now, loop_.random(), tried);
    if (!turn) break;
    tried.set(turn->index());
    ++number_;
    Task<Opening> trying = attempt(std::move(*turn));
    last = co_await trying;
    if (last || !unseen(last.error())) break;
    now = loop_.clock().now();
  }
  request_.url.target = std::move(target_);
  co_return last;
}

Task<Opening> ClientCall::attempt(Upstream::Turn turn) {
  const Instant start = loop_.clock().now();
  Span span = begin_span(turn);
  prepare(turn, span, start);
  Attempt attempt(core_, std::move(turn), request_.method, loop_, start);
  Task<Opening> opening = core_->transports.here().open(request_);
  Opening opened = co_await opening;
  if (!opened) {
    span.set(field("error.type", opened.error().code));
    span.fail(opened.error().message);
    attempt.failed(opened.error());
    co_return std::unexpected(opened.error());
  }
  const int status = (*opened)->head.status;
  span.set(field("http.response.status_code", status));
  if (status >= 400) {
    span.set(field("error.type", std::to_string(status)));
    span.fail("");
  }
  attempt.answered((*opened)->head);
  std::unique_ptr<OpenResponse> answer =
      std::make_unique<Answer<Attempt>>(std::move(attempt), std::move(*opened));
  co_return answer;
}

/// Points the request at the endpoint, and tells it what it must know of its caller.
void ClientCall::prepare(const Upstream::Turn& turn, const Span& span, Instant now) {
  const ClientOptions& options = core_->options;
  turn.endpoint().place(target_, request_.url);
  request_.deadline = std::min(deadline_, saturating_add(now, options.attempt_timeout));
  Headers& headers = request_.headers;
  if (ctx_ != nullptr) {
    inject(span.context(), headers);
    if (!ctx_->request_id().empty()) headers.set("x-request-id", ctx_->request_id());
  }
  if (options.send_timeout) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(request_.deadline - now).count();
    headers.set("x-timeout-ms", std::to_string(left));
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
  if (number_ > 1) span.set(field("http.request.resend_count", number_ - 1));
  return span;
}

}  // namespace lift::detail
