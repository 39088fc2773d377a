#include "lift/chain/run.h"

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace lift {

Run::Run(Loop& loop, Carrier& carrier) noexcept : carrier_(carrier), context_(loop) {
  context_.run_ = this;
}

Run::~Run() { abandon(); }

void Run::start(const Chain& chain, const Start& start) noexcept {
  chain_ = &chain;
  context_.start_ = start.now;
  context_.body_source_ = start.body;
  context_.state_ = start.state;
  context_.scope_ = start.scope;
  context_.client_ = context_.request_.peer;
  state_.phase = Phase::entering;
  slots_ = chain.slot_bytes() <= kInlineSlots
               ? inline_slots_.data()
               : static_cast<std::byte*>(context_.arena_.allocate(chain.slot_bytes()));
  enter_from(0);
}

void Run::reset() noexcept {
  abandon();
  state_ = State{};
  chain_ = nullptr;
  context_.request_.reset();
  context_.own_response_.reset();
  context_.response_ = &context_.own_response_;
  context_.deadline_ = kNever;
  context_.timeout_status_ = 504;
  context_.identity_ = Identity{};
  context_.request_id_ = {};
  context_.param_count_ = 0;
  context_.trail_ = nullptr;
  context_.unobserved_ = false;
  context_.streamed_ = 0;
  context_.stop_.reset();
  context_.arena_.reset();
}

// --- inwards

void Run::enter_from(std::size_t layer) noexcept {
  const std::vector<AnyLayer>& layers = chain_->layers();
  try {
    for (; layer < layers.size(); ++layer) {
      if (layers[layer].wrap != nullptr) return wait_for(inwards(layer, {}));
      const Verdict verdict = call_enter(layer);
      if (verdict == Verdict::answered) return answered();
      if (verdict == Verdict::pending) return wait_for(inwards(layer, std::move(pending_)));
    }
  } catch (...) {
    caught();
    return answered();
  }
  arrive();
}

Verdict Run::call_enter(std::size_t layer) {
  state_.current = layer;
  const AnyLayer& at = chain_->layers()[layer];
  const Verdict verdict = at.enter(at.object, context_, slot(layer));
  if (verdict == Verdict::proceed) state_.entered = layer + 1;
  if (verdict == Verdict::pending && !pending_.valid()) {
    throw std::logic_error("a layer's verdict is pending, but nothing will tell it");
  }
  return verdict;
}

void Run::arrive() noexcept {
  state_.current = chain_->layers().size();
  state_.phase = Phase::body;
  if (!ask_body()) return;
  if (state_.body_failed || state_.lost) return answered();
  handle();
}

/// True when the wait for the body is over, well or badly.
bool Run::ask_body() noexcept {
  state_.asking = true;
  const bool complete = carrier_.want_body(*this);
  state_.asking = false;
  return complete || state_.body_complete || state_.body_failed || state_.lost;
}

void Run::body_ready() noexcept {
  if (state_.phase != Phase::body) return;
  state_.body_complete = true;
  if (state_.asking) return;
  if (body_waiter_) return std::exchange(body_waiter_, {}).resume();
  handle();
}

void Run::body_failed(const HttpError& error) noexcept {
  if (state_.phase != Phase::body) return;
  refuse(error);
  state_.body_failed = true;
  if (state_.asking) return;
  if (body_waiter_) return std::exchange(body_waiter_, {}).resume();
  answered();
}

/// Asked where a wait has ended: what runs gives up then.
bool Run::stopped() noexcept {
  if (!context_.stop_.requested()) return false;
  state_.gave_up = true;
  return true;
}

void Run::handle() noexcept {
  state_.phase = Phase::handling;
  const Handler& handler = chain_->handler();
  try {
    if (!handler.waits()) {
      handler.answer(context_, context_.own_response_);
    } else {
      handler_ = handler.start(context_);
      if (!handler_.done()) return handler_.on_done(&Run::handled, this);
      context_.own_response_ = handler_.take();
    }
  } catch (...) {
    caught();
  }
  answered();
}

void Run::handled(void* argument) noexcept {
  Run& run = *static_cast<Run*>(argument);
  try {
    run.context_.own_response_ = run.handler_.take();
  } catch (...) {
    run.caught();
  }
  run.answered();
}

void Run::wait_for(Task<void> task) noexcept {
  waiting_ = std::move(task);
  if (waiting_.done()) return waited(this);
  waiting_.on_done(&Run::waited, this);
}

void Run::waited(void* argument) noexcept {
  Run& run = *static_cast<Run*>(argument);
  try {
    run.waiting_.take();
  } catch (...) {
    run.caught();
  }
  run.answered();
}

Task<void> Run::inwards(std::size_t layer, Task<Verdict> pending) {
  const std::vector<AnyLayer>& layers = chain_->layers();
  for (; layer < layers.size(); ++layer) {
    const AnyLayer& at = layers[layer];
    if (at.wrap != nullptr) {
      state_.current = layer;
      state_.entered = layer + 1;
      const Next next(*this, layer + 1);
      Task<void> around = at.wrap(at.object, context_, next);
      co_await around;
      co_return;
    }
    Verdict verdict = pending.valid() ? Verdict::pending : call_enter(layer);
    if (verdict == Verdict::pending) {
      Task<Verdict>& given = pending.valid() ? pending : pending_;
      Task<Verdict> later = std::exchange(given, Task<Verdict>());
      verdict = co_await later;
      if (verdict == Verdict::pending) throw std::logic_error("a pending verdict led to another");
      if (verdict == Verdict::proceed) state_.entered = layer + 1;
    }
    if (verdict != Verdict::proceed || stopped()) co_return;
  }
  co_await innermost();
}

class Run::BodyWait {
 public:
  explicit BodyWait(Run& run) noexcept : run_(run) {}
  BodyWait(const BodyWait&) = delete;
  BodyWait& operator=(const BodyWait&) = delete;
  /// Also when a wrap drops the attempt: it runs on, so what comes of the body now starts nothing.
  ~BodyWait() {
    run_.body_waiter_ = {};
    run_.state_.phase = Phase::handling;
  }
  [[nodiscard]] bool await_ready() const noexcept { return run_.ask_body(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { run_.body_waiter_ = waiting; }
  void await_resume() const noexcept {}

 private:
  Run& run_;
};

Task<void> Run::innermost() {
  state_.current = chain_->layers().size();
  if (!state_.body_complete) {
    state_.phase = Phase::body;
    {
      BodyWait body(*this);
      co_await body;
    }
    if (state_.body_failed || stopped()) co_return;
    state_.body_complete = true;
  }
  state_.phase = Phase::handling;
  const Handler& handler = chain_->handler();
  try {
    if (handler.waits()) {
      Task<Response> answer = handler.start(context_);
      context_.own_response_ = co_await answer;
    } else {
      handler.answer(context_, context_.own_response_);
    }
  } catch (...) {
    caught();  // here and not further out, so that a wrap sees an answer to judge
  }
}

/// Marks the layers from `from` inwards as running, while one attempt at them does.
class Run::Attempt {
 public:
  Attempt(Run& run, std::size_t from) noexcept
      : run_(run), wrap_(from - 1), outer_(std::exchange(run.state_.attempt, from)) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() {
    run_.state_.attempt = outer_;
    run_.state_.current = wrap_;  // it is the wrap that speaks again
  }

 private:
  Run& run_;
  std::size_t wrap_;
  std::size_t outer_;
};

Task<void> Next::operator()(Context&) const {
  Run& run = *run_;
  const std::size_t from = from_;
  if (run.state_.body_failed || run.stopped()) co_return;
  if (from <= run.state_.attempt) throw std::logic_error("a wrap called next while it still ran");
  const Run::Attempt attempt(run, from);
  run.close_attempt(from);
  Task<Verdict> nothing_pending;
  try {
    co_await run.inwards(from, std::move(nothing_pending));
  } catch (...) {
    run.caught();  // a layer's or an inner wrap's: to this wrap it is an answer, like a handler's
  }
}

void Run::close_attempt(std::size_t from) noexcept {
  if (state_.entered > from) {
    Outcome ended = outcome(kind_now());
    leave(state_.entered, from, ended);
    ended.duration = elapsed();
    end(state_.entered, from, ended);
    state_.entered = from;
  }
  state_.rejected_by = {};
  state_.reason = {};
  state_.retry_after.reset();
  state_.threw = false;
  context_.own_response_.reset();
}

// --- what went wrong

namespace {

/// The HttpError that `error` wraps, however deep, as std::throw_with_nested leaves it.
std::optional<HttpError> wrapped(const std::exception& error, int depth = 0) {
  constexpr int kDeepest = 16;
  try {
    if (depth < kDeepest) std::rethrow_if_nested(error);
  } catch (const HttpError& inner) {
    return inner;
  } catch (const std::exception& inner) {
    return wrapped(inner, depth + 1);
  } catch (...) {  // nothing that has a status
  }
  return std::nullopt;
}

}  // namespace

void Run::caught() noexcept {
  try {
    throw;
  } catch (const Cancelled& cancelled) {
    if (!stopped()) unknown(cancelled.what());
  } catch (const HttpError& error) {
    known(error, error.cause());
  } catch (const Overloaded& overloaded) {
    known(HttpError(503, "OVERLOADED", "No worker is free").header("retry-after", "1"),
          overloaded.what());
  } catch (const std::exception& error) {
    const std::optional<HttpError> inner = wrapped(error);
    inner ? known(*inner, error.what()) : unknown(error.what());
  } catch (...) {
    unknown("an exception that is no std::exception");
  }
}

void Run::known(const HttpError& error, std::string_view cause) noexcept {
  if (!cause.empty()) log_failure(cause);
  refuse(error);
}

void Run::unknown(std::string_view cause) noexcept {
  state_.threw = true;
  chain_->counters().exceptions.fetch_add(1, std::memory_order_relaxed);
  log_failure(cause);
  refuse(system_error("The request could not be handled"));
}

void Run::log_failure(std::string_view cause) noexcept {
  if (context_.trail_ != nullptr) context_.trail_->failed(cause);
  if (FailureLog* log = chain_->failures()) log->failed(context_, cause);
}

void Run::refuse(const HttpError& error) noexcept {
  context_.own_response_ = error.response(context_.request_id_);
}

}  // namespace lift
