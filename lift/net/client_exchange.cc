// Receiving: the response's head and body, within their limits and times.
#include "lift/net/detail/client_exchange.h"

#include <algorithm>
#include <utility>

#include "lift/net/detail/request_head.h"
#include "lift/net/detail/tls.h"

namespace lift::detail {
namespace {

constexpr std::size_t kStatusLine = 8 * 1024;
constexpr int kMostInterim = 16;

}  // namespace

ClientExchange::ClientExchange(ClientSetting& setting, ClientConnection& connection,
                               ClientRequest& request)
    : setting_(setting),
      connection_(connection),
      request_(request),
      limit_(request.response_limit.value_or(setting.options.response_body)) {}

Task<Result<>> ClientExchange::begin(ClientResponse& response) {
  compose_head();
  sending_ = send_all();
  if (!sending_.done()) {
    sending_.on_done(
        [](void* self) noexcept { static_cast<ClientExchange*>(self)->sender_ended(); }, this);
  }
  Task<Result<>> heading = receive_head();
  const Result<> headed = co_await heading;
  if (!headed) co_return std::unexpected(failed(headed.error()));
  response.status = head_.status;
  response.headers = std::move(head_.headers);
  decoder_ = BodyDecoder(head_.framing);
  decoder_.limit(limit_);
  const bool until_close = head_.body == ResponseHead::Body::until_close;
  if (!until_close && decoder_.done()) end();
  co_return Result<>{};
}

std::optional<std::uint64_t> ClientExchange::length() const noexcept {
  if (head_.body == ResponseHead::Body::none) return 0;
  if (head_.body == ResponseHead::Body::until_close || head_.framing.chunked) return std::nullopt;
  return head_.framing.length;
}

Task<Result<ClientExchange::Piece>> ClientExchange::next() {
  if (ended_) co_return Piece();
  in_.consume(std::exchange(lent_, 0));
  const bool framed = head_.body == ResponseHead::Body::framed;
  Task<Result<Piece>> taking = framed ? next_framed() : next_of_rest();
  const Result<Piece> piece = co_await taking;
  if (!piece) co_return std::unexpected(failed(piece.error()));
  if (!*piece) end();
  co_return *piece;
}

/// What is still to be sent is sent no more: the peer has answered without it.
void ClientExchange::end() noexcept {
  ended_ = true;
  if (!sending_.done()) sending_.drop();
  // Bytes behind the response are nobody's: such a peer is not asked again.
  reusable_ = head_.keep_alive && sent_ && in_.empty();
}

Error ClientExchange::failed(Error error) {
  if (sending_.done()) {
    sending_.take();  // throws what the producer threw
  } else {
    sending_.drop();
  }
  return send_error_.value_or(std::move(error));
}

Task<Result<>> ClientExchange::receive_head() {
  const HeadLimits limits{.request_line = kStatusLine,
                          .header_bytes = setting_.options.response_head,
                          .header_count = setting_.options.response_fields};
  HeadScanner scanner;
  for (int interim = 0; interim <= kMostInterim;) {
    HeadScanner::Found found;
    if (!in_.empty()) found = scanner.scan(in_.view(), limits);
    if (found.error == HeadError::malformed) {
      co_return fail("bad_response", "the response is not well-formed HTTP/1.1");
    }
    if (found.error != HeadError::none) {
      co_return fail("too_large", "the response's head is too large");
    }
    if (found.size == 0) {
      Task<Result<bool>> filling = fill(limits.request_line + limits.header_bytes + 1);
      const Result<bool> filled = co_await filling;
      if (!filled) co_return std::unexpected(filled.error());
      if (!*filled) co_return lost(" before its response was complete");
      continue;
    }
    head_.clear();
    const std::string_view broken =
        parse_response_head(in_.view().substr(0, found.size), request_.method == "HEAD", head_);
    if (!broken.empty()) {
      co_return fail("bad_response", "the response's head " + std::string(broken));
    }
    in_.consume(found.size);
    if (head_.status >= 200) co_return Result<>{};
    if (head_.status == 101) co_return fail("bad_response", "the peer changes protocol unasked");
    scanner.reset();
    ++interim;
  }
  co_return fail("bad_response", "the peer sends interim responses without end");
}

Task<Result<ClientExchange::Piece>> ClientExchange::next_framed() {
  while (!decoder_.done()) {
    const BodyDecoder::Step step = decoder_.next(in_.view());
    if (step.status == BodyDecoder::Status::malformed) {
      co_return fail("bad_response", "the response's chunks are malformed");
    }
    if (step.status == BodyDecoder::Status::too_large) co_return too_large();
    if (!step.data.empty()) {
      lent_ = step.consumed;
      co_return step.data;
    }
    in_.consume(step.consumed);
    if (step.status != BodyDecoder::Status::more) continue;
    Task<Result<bool>> filling = fill(ReadBuffer::kLarge);
    const Result<bool> filled = co_await filling;
    if (!filled) co_return std::unexpected(filled.error());
    if (!*filled) co_return lost(" before its response's body was complete");
  }
  co_return Piece();
}

Task<Result<ClientExchange::Piece>> ClientExchange::next_of_rest() {
  while (in_.empty()) {
    Task<Result<bool>> filling = fill(ReadBuffer::kLarge);
    const Result<bool> filled = co_await filling;
    if (!filled) co_return std::unexpected(filled.error());
    if (!*filled) co_return Piece();
  }
  const std::string_view piece = in_.view();
  if (piece.size() > limit_ - received_) co_return too_large();
  lent_ = piece.size();
  received_ += piece.size();
  co_return piece;
}

std::unexpected<Error> ClientExchange::too_large() const {
  return fail("too_large", "the response's body exceeds " + std::to_string(limit_) + " bytes");
}

Task<Result<bool>> ClientExchange::fill(std::size_t most) {
  in_.make_room(most);
  while (true) {
    if (sending_failed()) co_return fail("connection_lost", "the request could not be sent");
    const Io io = connection_.stream().read(in_.space());
    switch (io.state) {
      case Io::State::ok:
        heard_ = true;
        in_.added(io.bytes);
        co_return true;
      case Io::State::end:
        co_return false;
      case Io::State::broken:
        co_return lost(reset());
      case Io::State::again:
        break;
    }
    Task<Result<>> waiting = wait_for_bytes();
    const Result<> waited = co_await waiting;
    if (!waited) co_return std::unexpected(waited.error());
  }
}

/// The time without a byte counts from the end of the request: the peer may want all of it first.
Task<Result<>> ClientExchange::wait_for_bytes() {
  Instant until = request_.deadline;
  if (sending_.done()) {
    until = std::min(until, saturating_add(setting_.now(), setting_.options.read_timeout));
  }
  Parked wait(setting_.loop, until);
  connection_.wait_readable(wait);
  const bool woken = co_await wait;
  if (!woken) co_return late();
  co_return Result<>{};
}

std::unexpected<Error> ClientExchange::lost(std::string_view what) {
  lost_ = true;
  return fail("connection_lost", "the peer ended the connection" + std::string(what));
}

/// TLS may know more: a certificate that the peer wants is asked for after the handshake.
std::string ClientExchange::reset() const {
  const TlsStream* tls = connection_.tls();
  return tls == nullptr || tls->failure().empty() ? " with a reset" : ": " + tls->failure();
}

std::unexpected<Error> ClientExchange::late() const {
  const bool deadline = setting_.now() >= request_.deadline;
  return fail("timeout", deadline ? "the request's deadline has passed"
                                  : "the peer sent nothing for too long");
}

}  // namespace lift::detail
