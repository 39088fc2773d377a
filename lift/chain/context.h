#pragma once
// Everything about one request, for layers and handlers.
//
// Thread-safety: belongs to one request on one loop.
// Cost: accessors are loads; nothing here
// allocates on a usual request.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "lift/base/arena.h"
#include "lift/base/clock.h"
#include "lift/base/loop.h"
#include "lift/base/offload.h"
#include "lift/base/sleep.h"
#include "lift/base/stop.h"
#include "lift/chain/identity.h"
#include "lift/chain/layer.h"
#include "lift/chain/route_options.h"
#include "lift/http/errors.h"
#include "lift/http/request.h"
#include "lift/http/response.h"
#include "lift/telemetry/log.h"
#include "lift/telemetry/span.h"
#include "lift/telemetry/trail.h"

namespace lift {

class AppState;
class TaskScope;

/// A path parameter: `{id}` of the route, and what stands there in this request's path.
struct PathParam {
  std::string_view name;
  std::string_view value;
};
inline constexpr std::size_t kMaxPathParams = 16;

class Context {
 public:
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] Request& request() noexcept { return request_; }
  [[nodiscard]] const Request& request() const noexcept { return request_; }
  /// The response as it stands. Once another was committed (at a timeout) what is written here goes
  /// nowhere.
  [[nodiscard]] Response& response() noexcept { return *response_; }
  [[nodiscard]] const Response& response() const noexcept { return *response_; }

  /// When the request began: the one clock read that every layer's `enter` goes by.
  [[nodiscard]] Instant start() const noexcept { return start_; }
  /// kNever if it has none.
  [[nodiscard]] Instant deadline() const noexcept { return deadline_; }
  /// Moves the deadline closer, never away. At that time the innermost layer that called this
  /// answers 504.
  void limit_deadline(Instant at) noexcept;
  /// What that answer's status is instead of 504.
  void answer_timeout_as(int status) noexcept { timeout_status_ = status; }

  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }
  [[nodiscard]] std::string_view tenant() const noexcept { return identity_.tenant; }
  [[nodiscard]] std::string_view user() const noexcept { return identity_.user; }
  [[nodiscard]] bool has_role(std::string_view role) const noexcept {
    return identity_.has_role(role);
  }
  /// For layers that establish identity. Views must live as long as the request: see arena().
  void set_identity(const Identity& identity) noexcept;

  /// The route template, "unmatched" where no route is.
  [[nodiscard]] std::string_view operation() const noexcept;
  [[nodiscard]] const RouteOptions& route() const noexcept;
  /// The value of `{name}` in the path, decoded; empty if the route has no such parameter.
  [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
  [[nodiscard]] std::span<const PathParam> params() const noexcept {
    return {params_.data(), param_count_};
  }
  void set_params(std::span<const PathParam> params) noexcept;

  /// Unique name of this request, "" before the `edge` layer gave it one.
  [[nodiscard]] std::string_view request_id() const noexcept { return request_id_; }
  void set_request_id(std::string_view id) noexcept;
  /// Who asks, seen through trusted proxies only; the socket's peer until `identify` has looked.
  [[nodiscard]] const IpAddress& client_address() const noexcept { return client_; }
  void set_client_address(const IpAddress& client) noexcept { client_ = client; }

  [[nodiscard]] Arena& arena() noexcept { return arena_; }
  [[nodiscard]] Loop& loop() noexcept { return loop_; }

  /// The app's own state of type T (App::provide). The program ends if there is none: a wiring
  /// mistake.
  template <class T>
  [[nodiscard]] T& state() const;

  // --- telemetry; without the `observe` layer all of it does nothing
  /// Logs within this request, as the module "app" or under another name.
  [[nodiscard]] Log log() noexcept;
  [[nodiscard]] Log log(std::string_view module);
  /// Measures a piece of work of this request.
  [[nodiscard]] Span span(std::string_view name, SpanKind kind = SpanKind::internal) noexcept {
    return trail_ == nullptr ? Span() : Span(*trail_, name, kind, trail_->trace.span);
  }
  /// Adds a field to this request's log line and span.
  void annotate(const Field& field) noexcept {
    if (trail_ != nullptr) trail_->add(field);
  }
  /// Its place in its trace; calls to other services carry it on. Invalid without a trace.
  [[nodiscard]] TraceContext trace() const noexcept {
    return trail_ == nullptr ? TraceContext() : trail_->trace;
  }
  [[nodiscard]] Trail* trail() noexcept { return trail_; }
  void set_trail(Trail* trail) noexcept { trail_ = trail; }
  /// Keeps this request out of metrics, lines of log and traces: for probes, which come often and
  /// say nothing of the service's work.
  void leave_unobserved() noexcept { unobserved_ = true; }
  [[nodiscard]] bool unobserved() const noexcept { return unobserved_; }
  /// Bytes of a streamed response's body that were handed to the kernel.
  [[nodiscard]] std::uint64_t streamed_bytes() const noexcept { return streamed_; }

  // --- for layers: what enter() returns
  /// Answers with a response that is not a refusal (health, a CORS preflight, a cached copy). A
  /// wrap answers with it in place of what is further in, whose refusal or exception counts no
  /// more.
  Verdict answer(Response&& response) noexcept;
  /// Refuses: `reason` is a stable snake_case literal, shown in telemetry.
  Verdict reject(std::string_view reason, Response&& response,
                 std::optional<Duration> retry_after = {}) noexcept;
  /// Refuses with a standard error.
  Verdict reject(std::string_view reason, const HttpError& error);
  /// In enter(): what this layer's bind() returned for the route.
  template <class Bound>
  [[nodiscard]] Bound& bound() const noexcept {
    return *static_cast<Bound*>(bound_by_current());
  }
  /// The verdict will come from `task`, which the chain awaits.
  Verdict pending(Task<Verdict> task) noexcept;

  // --- for handlers that wait
  /// Stops when the deadline has passed or the client is gone. What the server's end cuts short is
  /// not stopped but dropped.
  [[nodiscard]] StopToken stop_token() noexcept { return StopToken(stop_); }
  /// Waits; throws Cancelled if the request is stopped meanwhile.
  [[nodiscard]] SleepAwaiter sleep(Duration time) noexcept {
    return lift::sleep(time, stop_token());
  }
  /// Runs blocking work on a worker thread.
  template <class F>
  auto offload(F work) {
    return lift::offload(std::move(work));
  }
  /// The request's body as it arrives, on a route with `stream_request`.
  [[nodiscard]] BodySource& body() noexcept { return *body_source_; }
  /// Runs `task` beyond this request, on this loop, until it ends or the server drains. False if
  /// there is no room.
  [[nodiscard]] bool spawn(Task<void> task);

 private:
  friend class Run;
  explicit Context(Loop& loop) noexcept : loop_(loop) {}
  ~Context() = default;
  [[nodiscard]] void* bound_by_current() const noexcept;

  Loop& loop_;
  Run* run_ = nullptr;
  Request request_;
  Response own_response_;
  Response* response_ = &own_response_;
  Instant start_{};
  Instant deadline_ = kNever;
  int timeout_status_ = 504;
  Identity identity_;
  std::string_view request_id_;
  IpAddress client_;
  std::size_t param_count_ = 0;
  std::array<PathParam, kMaxPathParams> params_;
  StopSource stop_;
  BodySource* body_source_ = nullptr;
  AppState* state_ = nullptr;
  TaskScope* scope_ = nullptr;
  Trail* trail_ = nullptr;
  bool unobserved_ = false;
  std::uint64_t streamed_ = 0;
  Arena arena_;
};

/// Typed application state, handed to handlers by App.
class AppState {
 public:
  virtual ~AppState() = default;
  /// The object registered for `key`, null if none.
  [[nodiscard]] virtual void* find(const void* key) const noexcept = 0;
  /// One address for each type.
  template <class T>
  [[nodiscard]] static const void* key() noexcept {
    static constexpr char kKey = 0;
    return &kKey;
  }
};

namespace detail {
[[noreturn]] void missing_state(const char* type) noexcept;
}  // namespace detail

template <class T>
T& Context::state() const {
  void* found = state_ == nullptr ? nullptr : state_->find(AppState::key<T>());
  if (found == nullptr) detail::missing_state(__PRETTY_FUNCTION__);
  return *static_cast<T*>(found);
}

}  // namespace lift
