#include "lift/net/detail/exchange.h"

#include <stdexcept>
#include <utility>

#include "lift/net/detail/connection.h"
#include "lift/net/detail/server_loop.h"

namespace lift::detail {

/// A coroutine that waits for its connection, or for its request to be stopped.
class Exchange::Wait : public StopCallback {
 public:
  Wait(Exchange& exchange, Wait*& place) noexcept
      : StopCallback([](StopCallback& stop) noexcept { static_cast<Wait&>(stop).wake(); }),
        exchange_(exchange),
        place_(place) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() {
    if (place_ == this) place_ = nullptr;
  }

  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    place_ = this;
    exchange_.context().stop_token().on_stop(*this);
  }
  void wake() noexcept {
    place_ = nullptr;
    unlink();
    waiting_.resume();
  }

 protected:
  Exchange& exchange_;

 private:
  Wait*& place_;
  std::coroutine_handle<> waiting_;
};

class Exchange::Pull final : public Wait {
 public:
  explicit Pull(Exchange& exchange) noexcept : Wait(exchange, exchange.pull_) {}
  [[nodiscard]] bool await_ready() noexcept { return exchange_.stopped() || take(); }
  std::optional<std::string_view> await_resume() {
    if (exchange_.body_error_) throw HttpError(*exchange_.body_error_);
    switch (step_.status) {
      case BodyDecoder::Status::data:
        return step_.data;
      case BodyDecoder::Status::done:
        return std::nullopt;
      case BodyDecoder::Status::more:
        throw Cancelled();
      default:
        throw body_error(step_.status);
    }
  }
  /// True when there is a piece, the end, or an error.
  bool take() noexcept {
    step_ = exchange_.connection_->pull_body();
    return step_.status != BodyDecoder::Status::more;
  }

 private:
  BodyDecoder::Step step_{BodyDecoder::Status::more, 0, {}};
};

class Exchange::Drain final : public Wait {
 public:
  explicit Drain(Exchange& exchange) noexcept : Wait(exchange, exchange.drain_) {}
  ~Drain() {
    if (exchange_.connection_ != nullptr) exchange_.connection_->withdraw_piece();
  }
  [[nodiscard]] bool await_ready() noexcept { return exchange_.connection_->flush_stream(); }
  void await_resume() {
    if (exchange_.stopped()) throw Cancelled();
  }
};

Exchange::Exchange(ServerLoop& owner) noexcept : owner_(owner), run_(owner.loop(), *this) {}

void Exchange::start(const Chain& chain, Instant now) noexcept {
  run_.start(
      chain,
      Run::Start{
          .now = now, .body = this, .state = owner_.service().state(), .scope = &owner_.scope()});
}

bool Exchange::stopped() noexcept {
  return connection_ == nullptr || context().stop_token().stop_requested();
}

void Exchange::abandon(bool committed) noexcept {
  connection_ = nullptr;
  run_.lost();
  if (!committed) return;
  pump_.drop();
  run_.sent(Delivery::peer_gone);
}

bool Exchange::want_body(Run&) noexcept {
  return connection_ != nullptr && connection_->want_body(*this);
}

void Exchange::commit(Run& run, Response& response) noexcept {
  if (connection_ == nullptr) return run.sent(Delivery::peer_gone);
  connection_->respond(*this, response);
}

void Exchange::finished(Run&) noexcept { owner_.retire(*this); }

// --- the request's body, read as it arrives

Task<std::optional<std::string_view>> Exchange::next() {
  Pull pull(*this);
  co_return co_await pull;
}

void Exchange::body_changed() noexcept {
  if (pull_ != nullptr && static_cast<Pull*>(pull_)->take()) pull_->wake();
}

void Exchange::body_failed(HttpError error) noexcept {
  body_error_.emplace(std::move(error));
  if (pull_ != nullptr) pull_->wake();
}

// --- the response's body, written as it is sent

Task<void> Exchange::write(std::string_view chunk) {
  if (stopped()) throw Cancelled();
  if (chunk.empty()) co_return;
  if (!connection_->send_piece(chunk)) {
    throw std::logic_error("a streamed body is longer than announced, or written to twice at once");
  }
  Drain drain(*this);
  co_await drain;
  run_.streamed(chunk.size());
}

void Exchange::drained() noexcept {
  if (drain_ != nullptr) drain_->wake();
}

void Exchange::produce(BodyProducer producer) noexcept {
  producer_ = std::move(producer);
  try {
    pump_ = producer_(*this);
  } catch (...) {
    connection_->produced(*this, false);
    return;
  }
  if (pump_.done()) return pumped();
  pump_.on_done([](void* self) noexcept { static_cast<Exchange*>(self)->pumped(); }, this);
}

void Exchange::pumped() noexcept {
  const bool succeeded = pump_succeeded();
  if (connection_ != nullptr) connection_->produced(*this, succeeded);
}

bool Exchange::pump_succeeded() noexcept {
  try {
    pump_.take();
    return true;
  } catch (const Cancelled&) {  // the deadline, which the run knows of
  } catch (const std::exception& error) {
    run_.log_failure(error.what());
  } catch (...) {
    run_.log_failure("an exception that is no std::exception");
  }
  return false;
}

void Exchange::reset() noexcept {
  pump_.drop();
  producer_ = nullptr;
  body_error_.reset();
  kept_ = ReadBuffer();
  run_.reset();
}

}  // namespace lift::detail
