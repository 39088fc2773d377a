// A connection's way out: responses, whole and streamed.
#include <utility>

#include "lift/net/detail/connection.h"
#include "lift/net/detail/server_loop.h"

namespace lift::detail {

void Connection::respond(Exchange& exchange, Response& response) noexcept {
  if (!advancing_) now_ = owner_.loop().clock().now();
  if (!advancing_ && out_.empty()) owner_.lend(out_.bytes);
  const Request& request = exchange.context().request();
  if (response.status < 200 || response.status > 999) response.status = 500;
  ResponseShape shape{.version_minor = request.version_minor,
                      .head_only = request.method == Method::head,
                      .keep_alive = true};
  const Framing framing = framing_of(response, shape);
  if (!response.body.streaming()) let_go(exchange);
  close_after_ = must_close(response, framing, shape.head_only);
  shape.keep_alive = !close_after_;
  continue_owed_ = false;  // it cannot be said inside a response
  if (response.status == 413) owner_.counters().too_large.add();
  wait_until(kNever);
  write_head(out_.bytes, response, shape, framing, owner_.date(now_));
  const bool has_body = framing != Framing::none && !shape.head_only;
  if (has_body && response.body.streaming()) {
    state_ = State::streaming;
    stream_framing_ = framing;
    stream_left_ = response.body.stream_length().value_or(UINT64_MAX);
    exchange.produce(response.body.take_producer());
  } else {
    if (has_body) out_.add_body(response.body.bytes());
    finish_response(exchange);
  }
  advance();
}

void Connection::finish_response(Exchange& exchange) noexcept {
  current_ = nullptr;
  unsent_.push_back(exchange);
  let_go(exchange);
  if (!close_after_ && body_.done()) return expect_head();
  state_ = State::discard;
  if (!close_after_) wait_until(now_ + owner_.limits().body_time);
}

bool Connection::send_piece(std::string_view piece) {
  if (!out_.gathering() || piece.size() > stream_left_) return false;
  if (stream_framing_ == Framing::length) stream_left_ -= piece.size();
  if (stream_framing_ == Framing::chunked) write_chunk_size(out_.bytes, piece.size());
  out_.refer(piece, stream_framing_ == Framing::chunked ? kChunkEnd : std::string_view());
  return true;
}

bool Connection::flush_stream() noexcept {
  if (!advancing_) now_ = owner_.loop().clock().now();
  static_cast<void>(flush());
  return out_.empty();
}

/// The writer of a piece has given up on it before it was sent, so it may be gone.
void Connection::withdraw_piece() noexcept {
  if (out_.gathering()) return;
  out_.clear();
  urgently(Urgent::gone);
}

void Connection::produced(Exchange& exchange, bool succeeded) noexcept {
  const bool complete = stream_framing_ != Framing::length || stream_left_ == 0;
  if (!succeeded || !complete || !out_.gathering()) return cut(exchange);
  if (stream_framing_ == Framing::chunked) out_.bytes.append(kLastChunk);
  now_ = owner_.loop().clock().now();
  finish_response(exchange);
  advance();
}

/// The body cannot be completed: only a broken connection tells the client so.
void Connection::cut(Exchange& exchange) noexcept {
  close(true);
  current_ = nullptr;
  exchange.detach();
  while (Exchange* earlier = unsent_.pop_front()) earlier->abandon(true);
  exchange.run().sent(Delivery::broken);
}

}  // namespace lift::detail
