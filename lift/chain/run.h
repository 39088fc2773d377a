#pragma once
// One request's way through its chain. Whoever carries requests (the server, a test, a Lambda loop)
// owns a Run, fills its context and starts it; everything that the life of a request promises is
// kept here.
//
// Thread-safety: belongs to one loop.
// Cost: reused from request to request; nothing is allocated
// unless something waits.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "lift/base/task_scope.h"
#include "lift/base/timers.h"
#include "lift/chain/chain.h"
#include "lift/chain/context.h"

namespace lift {

class Run;

/// Who carries a request to its client and back. No call may destroy the Run but `finished`.
class Carrier {
 public:
  virtual ~Carrier() = default;
  /// All layers have let the request in: read its body (saying 100 Continue if asked) unless the
  /// route streams it. True if it is complete already; else the carrier calls body_ready() or
  /// body_failed(), now or later.
  virtual bool want_body(Run& run) noexcept = 0;
  /// `response` is final: write it, then call sent(). Views in it hold until then. Called at most
  /// once.
  virtual void commit(Run& run, Response& response) noexcept = 0;
  /// Every layer has ended and nothing of the request runs any more. The Run may be reset, reused
  /// or destroyed.
  virtual void finished(Run& run) noexcept = 0;
};

/// How the response's way out ended.
enum class Delivery : std::uint8_t {
  complete,   ///< the last byte is in the kernel's hands
  peer_gone,  ///< the client went away first
  broken,     ///< a streaming producer failed; the connection was cut
};

class Run {
 public:
  Run(Loop& loop, Carrier& carrier) noexcept;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  /// Drops what still runs; every layer that was entered and has not ended leaves and ends, as
  /// cancelled_by_us.
  ~Run();

  [[nodiscard]] Context& context() noexcept { return context_; }
  [[nodiscard]] const Chain& chain() const noexcept { return *chain_; }

  struct Start {
    Instant now;
    BodySource* body = nullptr;  ///< for routes that stream the request
    AppState* state = nullptr;
    TaskScope* scope = nullptr;
  };
  /// Sends the request, already in the context, through `chain`. Everything may have happened when
  /// it returns.
  void start(const Chain& chain, const Start& start) noexcept;
  void body_ready() noexcept;
  /// The body cannot be had (malformed, too large, too slow): answered with `error`; the handler
  /// does not run.
  void body_failed(const HttpError& error) noexcept;
  void sent(Delivery delivery) noexcept;
  /// So many bytes of a streamed body have been handed to the kernel.
  void streamed(std::size_t bytes) noexcept { context_.streamed_ += bytes; }
  /// The client is gone before it was answered: what waits is stopped, nothing is written.
  void lost() noexcept;
  /// Tells telemetry and the app's failure log why something of this request failed.
  void log_failure(std::string_view cause) noexcept;
  /// Makes it ready for the next request. Only when finished.
  void reset() noexcept;

 private:
  friend class Context;
  friend class Next;
  class BodyWait;
  class Attempt;
  static constexpr std::size_t kInlineSlots = 576;

  enum class Phase : std::uint8_t { idle, entering, body, handling, answered };

  /// All that a request changes here, so that reset() is one assignment.
  struct State {
    Phase phase = Phase::idle;
    bool threw = false;      // an exception of no known kind came out of the handler
    bool expired = false;    // the timeout's answer was committed in place of the handler's
    bool lost = false;       // the client is gone
    bool committed = false;  // a response is on its way out
    bool delivered = false;  // that way has ended, or there is nothing to deliver
    bool body_complete = false;
    bool body_failed = false;  // answered by body_failed(); the handler cannot run any more
    bool asking = false;       // inside Carrier::want_body
    bool gave_up = false;      // what ran has noticed the stop; its answer means nothing
    bool inner_left = false;   // layers [split, entered) have left …
    bool inner_ended = false;  // … and ended
    bool outer_ended = false;  // layers [0, split) have ended; they left at the timeout
    std::size_t entered = 0;   // layers [0, entered) have proceeded
    std::size_t split = 0;     // after a timeout: the layers below this are outside it
    std::size_t current = 0;   // the layer whose enter runs; all of them while the handler does
    std::size_t deadline_layer = 0;
    std::size_t attempt = 0;  // layers from here on run for a wrap's next; 0: for none
    std::string_view rejected_by;
    std::string_view reason;
    std::optional<Duration> retry_after;
    Outcome outcome;  // for the layers outside, once committed
  };

  struct DeadlineTimer : Timer {
    explicit DeadlineTimer(Run& owner) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<DeadlineTimer&>(timer).run.expire(); }),
          run(owner) {}
    Run& run;
  };

  // Inwards: layers, body, handler. Plain calls until something waits, one coroutine from there on.
  void enter_from(std::size_t layer) noexcept;
  Verdict call_enter(std::size_t layer);
  void arrive() noexcept;
  [[nodiscard]] bool ask_body() noexcept;
  void handle() noexcept;
  void wait_for(Task<void> task) noexcept;
  static void waited(void* run) noexcept;
  static void handled(void* run) noexcept;
  Task<void> inwards(std::size_t layer, Task<Verdict> pending);
  Task<void> innermost();
  void close_attempt(std::size_t from) noexcept;
  void caught() noexcept;
  void known(const HttpError& error, std::string_view cause) noexcept;
  void unknown(std::string_view cause) noexcept;
  void refuse(const HttpError& error) noexcept;

  // Outwards: the answer, the layers' leave and end.
  void answered() noexcept;
  void commit() noexcept;
  void expire() noexcept;
  void overran() noexcept;
  void begin_timeout() noexcept;
  void commit_timeout() noexcept;
  void close_inner(OutcomeKind kind) noexcept;
  void finish() noexcept;
  void abandon() noexcept;
  void leave(std::size_t from, std::size_t to, const Outcome& outcome) noexcept;
  void end(std::size_t from, std::size_t to, const Outcome& outcome) noexcept;
  [[nodiscard]] bool stopped() noexcept;
  [[nodiscard]] OutcomeKind kind_now() const noexcept;
  [[nodiscard]] Outcome outcome(OutcomeKind kind) const noexcept;
  [[nodiscard]] Duration elapsed() const noexcept;
  [[nodiscard]] void* slot(std::size_t layer) noexcept {
    return slots_ + chain_->slot_offset(layer);
  }

  Carrier& carrier_;
  Context context_;
  const Chain* chain_ = nullptr;
  State state_;
  DeadlineTimer timer_{*this};
  Task<Verdict> pending_;
  Task<Response> handler_;
  Task<void> waiting_;
  std::coroutine_handle<> body_waiter_;
  std::unique_ptr<Response> timeout_response_;
  std::byte* slots_ = nullptr;
  alignas(std::max_align_t) std::array<std::byte, kInlineSlots> inline_slots_;
};

}  // namespace lift
