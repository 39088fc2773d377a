// A connection's way in: heads and bodies of requests.
#include <algorithm>

#include "lift/net/detail/connection.h"
#include "lift/net/detail/server_loop.h"

namespace lift::detail {
namespace {

constexpr std::uint64_t kSkipped =
    64 * 1024;  // of an unwanted body; beyond it the connection closes

std::string_view code_of(int status) noexcept {
  switch (status) {
    case 414:
      return "URI_TOO_LONG";
    case 417:
      return "EXPECTATION_FAILED";
    case 431:
      return "HEADERS_TOO_LARGE";
    case 501:
      return "NOT_IMPLEMENTED";
    case 505:
      return "VERSION_NOT_SUPPORTED";
    default:
      return "PARAMETER_ERROR";
  }
}

}  // namespace

HttpError body_error(BodyDecoder::Status status) {
  if (status == BodyDecoder::Status::too_large) {
    return HttpError(413, "PAYLOAD_TOO_LARGE", "The request's body is larger than allowed here");
  }
  return HttpError(400, "PARAMETER_ERROR", "The request's body is not well-formed");
}

void Connection::expect_head() noexcept {
  state_ = State::head;
  scanner_.reset();
  head_timed_ = false;
  wait_until(now_ + idle_time());
}

bool Connection::read_head() noexcept {
  if (close_after_ || blocked_ || in_.empty() || !out_.has_room()) return false;
  const ServerLimits& limits = owner_.limits();
  const HeadLimits head_limits{limits.request_line, limits.header_bytes, limits.header_count};
  const HeadScanner::Found found = scanner_.scan(in_.view(), head_limits);
  if (found.error != HeadError::none) {
    refuse(found.error);
    return false;
  }
  if (found.size == 0) {
    if (!head_timed_) wait_until(now_ + limits.header_time);
    head_timed_ = true;
    return false;
  }
  begin_request(found.size);
  return true;
}

void Connection::begin_request(std::size_t head_size) noexcept {
  Exchange& exchange = owner_.acquire();
  Request& request = exchange.context().request();
  const HeadError error = parse_head(in_.view().substr(0, head_size), request, head_);
  in_.consume(head_size);
  if (error != HeadError::none) {
    owner_.retire(exchange);
    return refuse(error);
  }
  request.peer = peer_;
  ++requests_;
  owner_.counters().requests.add();
  wait_until(kNever);
  body_ = BodyDecoder(head_.framing);
  body_broken_ = false;
  continue_owed_ = head_.expects_continue && !body_.done();
  state_ = State::handling;
  current_ = &exchange;
  exchange.attach(*this);
  const Chain& chain = owner_.service().route(exchange.context());
  body_.limit(chain.options().body_limit.value_or(owner_.limits().body));
  exchange.start(chain, now_);
}

bool Connection::want_body(Exchange& exchange) noexcept {
  if (body_.done() || exchange.context().route().stream_request.value_or(false)) return true;
  if (!advancing_) now_ = owner_.loop().clock().now();
  body_begun_ = now_;
  body_received_ = 0;
  state_ = State::body;
  const BodyDecoder::Status status = collect_body();
  if (status == BodyDecoder::Status::more) {
    say_continue();
    if (!advancing_) rest();
    return false;
  }
  state_ = State::handling;
  if (status == BodyDecoder::Status::done) return true;
  body_broken_ = true;
  exchange.run().body_failed(body_error(status));
  return false;
}

/// Moves what has arrived of the body into the request; tells how it stands with it.
BodyDecoder::Status Connection::collect_body() noexcept {
  std::string& body = current_->context().request().body;
  while (!body_.done()) {
    const BodyDecoder::Step step = body_.next(in_.view());
    body.append(step.data);
    in_.consume(step.consumed);
    body_received_ += step.consumed;
    if (step.consumed > 0) continue_owed_ = false;
    if (step.status == BodyDecoder::Status::data || step.status == BodyDecoder::Status::done)
      continue;
    if (step.status == BodyDecoder::Status::more) {
      if (body_.left() > in_.kInitial) in_.reserve(in_.kLarge);
      const ServerLimits& limits = owner_.limits();
      const Duration earned = std::chrono::seconds(body_received_ / limits.body_rate);
      wait_until(std::min(now_, body_begun_ + earned) + limits.body_time);
    }
    return step.status;
  }
  wait_until(kNever);
  return BodyDecoder::Status::done;
}

bool Connection::read_body() noexcept {
  const BodyDecoder::Status status = collect_body();
  if (status == BodyDecoder::Status::more) return false;
  state_ = State::handling;
  if (status == BodyDecoder::Status::done) {
    current_->run().body_ready();
    return true;
  }
  body_broken_ = true;
  current_->run().body_failed(body_error(status));
  return true;
}

void Connection::say_continue() noexcept {
  if (!std::exchange(continue_owed_, false)) return;
  out_.bytes.append(kContinue);
  if (!advancing_) static_cast<void>(flush());
}

BodyDecoder::Step Connection::pull_body() noexcept {
  if (body_broken_) return {BodyDecoder::Status::malformed, 0, {}};
  in_.consume(std::exchange(held_, 0));
  const BodyDecoder::Step step = body_.next(in_.view());
  if (step.consumed > 0) continue_owed_ = false;
  if (step.status == BodyDecoder::Status::data) {
    held_ = step.consumed;
    wait_until(kNever);
    return step;
  }
  in_.consume(step.consumed);
  if (step.status == BodyDecoder::Status::more) {
    in_.reserve(in_.kLarge);
    say_continue();
    if (!advancing_) now_ = owner_.loop().clock().now();
    wait_until(now_ + owner_.limits().body_time);
    if (!advancing_) rest();
  } else {
    wait_until(kNever);
    body_broken_ = step.status != BodyDecoder::Status::done;
  }
  return step;
}

/// Leaves the piece that the handler was given to it, which may look at it for as long as it runs.
void Connection::let_go(Exchange& exchange) noexcept {
  const std::size_t held = std::exchange(held_, 0);
  if (held == 0) return;
  const std::string_view more = in_.view().substr(held);
  ReadBuffer fresh;
  if (!more.empty()) fresh.reserve(std::max(ReadBuffer::kInitial, more.size()));
  std::ranges::copy(more, fresh.space().begin());
  fresh.added(more.size());
  exchange.keep(std::exchange(in_, std::move(fresh)));
}

/// Throws away what has arrived of the body; true when that was all of it.
bool Connection::skip_body() noexcept {
  in_.consume(std::exchange(held_, 0));
  while (!body_.done() && !body_broken_) {
    const BodyDecoder::Step step = body_.next(in_.view());
    in_.consume(step.consumed);
    if (step.status == BodyDecoder::Status::more) return false;
    body_broken_ = step.status == BodyDecoder::Status::malformed ||
                   step.status == BodyDecoder::Status::too_large;
  }
  return body_.done();
}

bool Connection::must_close(const Response& response, Framing framing, bool head_only) noexcept {
  if (!head_.keep_alive || owner_.draining()) return true;
  if (requests_ >= owner_.limits().requests_per_connection) return true;
  if (framing == Framing::close && !head_only) return true;
  if (response.body.streaming()) return !body_.done();
  if (skip_body()) return false;
  return body_broken_ || continue_owed_ || body_.chunked() || body_.left() > kSkipped;
}

/// Answers what never became a request; the connection ends with that.
void Connection::refuse(int status, std::string_view code, std::string_view message) noexcept {
  const HttpError error(status, code, std::string(message));
  const Response response = owner_.service().refuse(owner_.loop(), error);
  const ResponseShape shape{.version_minor = 1, .head_only = false, .keep_alive = false};
  close_after_ = true;
  write_head(out_.bytes, response, shape, Framing::length, owner_.date(now_));
  out_.bytes.append(response.body.bytes());
}

void Connection::refuse(HeadError error) noexcept {
  const int status = status_of(error);
  const bool large = status == 414 || status == 431;
  (large ? owner_.counters().too_large : owner_.counters().malformed).add();
  refuse(status, code_of(status), explain(error));
}

}  // namespace lift::detail
