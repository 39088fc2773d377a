#include "lift/net/detail/connection.h"

#include <algorithm>

#include "lift/net/detail/server_loop.h"

namespace lift::detail {
namespace {

constexpr int kRequestsATurn = 64;  // of one connection, before others have theirs
constexpr std::size_t kLingerBytes = 64 * 1024;
constexpr Duration kLingerTime = std::chrono::seconds(1);

}  // namespace

Connection::Connection(ServerLoop& owner, UniqueFd socket, const IpAddress& peer)
    : owner_(owner), stream_(owner.open(std::move(socket), *this)), peer_(peer) {}

void Connection::begin() noexcept {
  now_ = owner_.loop().clock().now();
  wait_until(now_ + owner_.limits().header_time);
  rest();
}

void Connection::readable() noexcept {
  reading_ = false;
  owner_.recycle();
  const Io io = fill();
  if (io.state == Io::State::again) return rest();
  if (io.state != Io::State::ok) return gone();
  now_ = owner_.loop().clock().now();
  if (state_ == State::linger) {
    in_.clear();
    linger_left_ -= std::min(linger_left_, io.bytes);
    return linger_left_ == 0 ? close(false) : rest();
  }
  advance();
}

void Connection::writable() noexcept {
  owner_.recycle();
  blocked_ = false;
  write_by_ = kNever;
  now_ = owner_.loop().clock().now();
  advance();
}

void Connection::closed() noexcept { owner_.remove(*this); }

/// Goes on as far as what is buffered allows, then waits for more.
void Connection::advance() noexcept {
  if (advancing_) return;
  advancing_ = true;
  if (out_.empty()) owner_.lend(out_.bytes);
  int budget = kRequestsATurn;
  do {
    while (step(budget)) {
    }
  } while (flush());
  advancing_ = false;
  rest();
}

bool Connection::step(int& budget) noexcept {
  switch (state_) {
    case State::head:
      if (budget > 0 && read_head()) return --budget, true;
      if (budget == 0) urgently(Urgent::resume);
      return false;
    case State::body:
      return read_body();
    case State::handling:
    case State::streaming:
      if (current_->pulling()) current_->body_changed();
      return false;
    case State::discard:
      if (!skip_body()) {
        close_after_ = close_after_ || body_broken_;
        return false;
      }
      if (!close_after_) expect_head();
      return !close_after_;
    case State::linger:
    case State::closed:
      break;
  }
  return false;
}

/// True when all that was to be sent has been, and something was.
bool Connection::flush() noexcept {
  if (out_.empty() || blocked_ || urgent_ == Urgent::gone) return false;
  while (!out_.empty()) {
    const Io io = stream_->write(out_.parts());
    if (io.state == Io::State::ok) {
      out_.sent(io.bytes);
      continue;
    }
    if (io.state == Io::State::again) {
      blocked_ = true;
      write_by_ = now_ + owner_.limits().write_time;
      arm(write_by_);
      stream_->wait_writable();
    } else {
      urgently(Urgent::gone);  // a run may be on the stack, which must not end here
    }
    return false;
  }
  delivered();
  return true;
}

void Connection::delivered() noexcept {
  // Taken aside first: the end of one request may let another commit its answer here.
  IntrusiveList<Exchange> sent;
  sent.splice_back(unsent_);
  while (Exchange* exchange = sent.pop_front()) {
    exchange->detach();
    exchange->run().sent(Delivery::complete);
  }
  if (state_ == State::head && !head_timed_) wait_until(now_ + idle_time());
  if (state_ == State::streaming && out_.empty()) current_->drained();
}

/// Sets up the waits of a connection that has nothing more to do now.
void Connection::rest() noexcept {
  if (state_ == State::closed) return;
  if (close_after_ && current_ == nullptr && out_.empty() && state_ != State::linger) linger();
  if (in_.empty() && held_ == 0) owner_.give_back(in_);
  if (out_.empty()) owner_.give_back(out_.bytes);
  if (reading_ || !wants_to_read()) return;
  reading_ = true;
  stream_->wait_readable();
}

bool Connection::wants_to_read() const noexcept {
  if (state_ == State::closed) return false;
  if (state_ == State::head && (blocked_ || close_after_)) return false;
  if (held_ > 0) return in_.has_space();  // what is read must not move under its reader
  return in_.may_grow(most_read());
}

/// How much may be read ahead of what is being handled.
std::size_t Connection::most_read() const noexcept {
  if (state_ != State::head) return ReadBuffer::kInitial;
  const ServerLimits& limits = owner_.limits();
  return limits.request_line + limits.header_bytes + ReadBuffer::kInitial;
}

Io Connection::fill() noexcept {
  if (in_.capacity() == 0) owner_.lend(in_);
  if (held_ == 0) static_cast<void>(in_.make_room(most_read()));
  const Io io = stream_->read(in_.space());
  in_.added(io.bytes);
  return io;
}

// --- time

Duration Connection::idle_time() const noexcept {
  const Duration usual = owner_.limits().idle_time;
  return owner_.finishing() ? std::min(usual, kLingerTime) : usual;
}

void Connection::wait_until(Instant at) noexcept {
  deadline_ = at;
  arm(at);
}

void Connection::arm(Instant at) noexcept {
  if (at == kNever || (alarm_.armed() && alarm_at_ <= at)) return;
  alarm_at_ = at;
  owner_.loop().timers().arm(alarm_, at);
}

void Connection::urgently(Urgent what) noexcept {
  if (urgent_ != Urgent::gone) urgent_ = what;
  alarm_at_ = Instant{};
  owner_.loop().timers().arm(alarm_, alarm_at_);
}

void Connection::alarm() noexcept {
  owner_.recycle();
  now_ = owner_.loop().clock().now();
  if (urgent_ == Urgent::gone) return gone();
  if (std::exchange(urgent_, Urgent::no) == Urgent::resume) advance();
  if (state_ == State::closed) return;
  const Instant due = std::min(deadline_, write_by_);
  if (due > now_) return arm(due);  // it was put off since the alarm was set
  expired();
}

void Connection::expired() noexcept {
  if (state_ == State::linger) return close(false);
  if (state_ == State::head && !head_timed_ && write_by_ > now_) {
    deadline_ = kNever;
    if (blocked_) return arm(write_by_);  // not idle: delivered() counts anew
    linger();
    return rest();
  }
  owner_.counters().timed_out.add();
  wait_until(kNever);
  const HttpError late(408, "REQUEST_TIMEOUT", "The request took too long to arrive");
  if (blocked_ || state_ == State::discard) return gone();
  if (state_ == State::head) {
    refuse(408, late.code(), late.message());
    return advance();
  }
  body_broken_ = true;
  if (state_ == State::body) {
    state_ = State::handling;
    return current_->run().body_failed(late);
  }
  current_->body_failed(late);
}

// --- the end

void Connection::linger() noexcept {
  stream_->finish_sending();
  state_ = State::linger;
  linger_left_ = kLingerBytes;
  in_.clear();
  wait_until(now_ + kLingerTime);
}

void Connection::gone() noexcept {
  const bool committed = state_ == State::streaming;
  if (current_ != nullptr) let_go(*current_);
  const bool quiet = state_ == State::head || state_ == State::linger;
  close(!quiet || !out_.empty());
  if (Exchange* exchange = std::exchange(current_, nullptr)) exchange->abandon(committed);
  while (Exchange* exchange = unsent_.pop_front()) exchange->abandon(true);
}

void Connection::close(bool abort) noexcept {
  state_ = State::closed;
  alarm_.cancel();
  out_.clear();
  stream_->close(abort);
}

void Connection::end_if_idle() noexcept {
  now_ = owner_.loop().clock().now();
  const bool idle = state_ == State::head && in_.empty() && out_.empty() && !close_after_;
  if (!idle) return;
  if (requests_ == 0) return wait_until(std::min(deadline_, now_ + kLingerTime));
  const Io io = fill();
  if (io.state == Io::State::ok) return advance();
  if (io.state != Io::State::again) return gone();
  linger();
  rest();
}

void Connection::drop() noexcept {
  current_ = nullptr;
  while (unsent_.pop_front() != nullptr) {
  }
  if (state_ != State::closed) close(true);
}

}  // namespace lift::detail
