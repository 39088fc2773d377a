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
constexpr std::size_t kFirstReserve = 64 * 1024;

}  // namespace

ClientExchange::ClientExchange(ClientSetting& setting, ClientConnection& connection,
                               ClientRequest& request)
    : setting_(setting),
      connection_(connection),
      request_(request),
      limit_(request.response_limit.value_or(setting.options.response_body)) {}

Task<Result<ClientResponse>> ClientExchange::run() {
  compose_head();
  sending_ = send_all();
  if (!sending_.done()) {
    sending_.on_done(
        [](void* self) noexcept { static_cast<ClientExchange*>(self)->sender_ended(); }, this);
  }
  Result<ClientResponse> response;
  Task<Result<>> receiving = receive(*response);
  const Result<> received = co_await receiving;
  if (sending_.done()) {
    if (!received) sending_.take();  // throws what the producer threw
  } else {
    sending_.drop();
    reusable_ = false;
  }
  if (!received) response = std::unexpected(send_error_.value_or(received.error()));
  co_return response;
}

Task<Result<>> ClientExchange::receive(ClientResponse& response) {
  ResponseHead head;
  Task<Result<>> heading = receive_head(head);
  const Result<> headed = co_await heading;
  if (!headed) co_return headed;
  Task<Result<>> bodying = receive_body(head, response.body);
  const Result<> bodied = co_await bodying;
  if (!bodied) co_return bodied;
  response.status = head.status;
  response.headers = std::move(head.headers);
  // Bytes behind the response are nobody's: such a peer is not asked again.
  reusable_ = head.keep_alive && sent_ && in_.empty();
  co_return Result<>{};
}

Task<Result<>> ClientExchange::receive_head(ResponseHead& head) {
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
    head.clear();
    const std::string_view broken =
        parse_response_head(in_.view().substr(0, found.size), request_.method == "HEAD", head);
    if (!broken.empty()) {
      co_return fail("bad_response", "the response's head " + std::string(broken));
    }
    in_.consume(found.size);
    if (head.status >= 200) co_return Result<>{};
    if (head.status == 101) co_return fail("bad_response", "the peer changes protocol unasked");
    scanner.reset();
    ++interim;
  }
  co_return fail("bad_response", "the peer sends interim responses without end");
}

Task<Result<>> ClientExchange::receive_body(const ResponseHead& head, std::string& body) {
  if (head.body == ResponseHead::Body::none) co_return Result<>{};
  const bool framed = head.body == ResponseHead::Body::framed;
  Task<Result<>> receiving = framed ? receive_framed(head.framing, body) : receive_rest(body);
  co_return co_await receiving;
}

Task<Result<>> ClientExchange::receive_framed(const BodyFraming& framing, std::string& body) {
  BodyDecoder decoder(framing);
  decoder.limit(limit_);
  body.reserve(std::min<std::uint64_t>(framing.length, kFirstReserve));
  while (!decoder.done()) {
    const BodyDecoder::Step step = decoder.next(in_.view());
    body.append(step.data);
    in_.consume(step.consumed);
    if (step.status == BodyDecoder::Status::malformed) {
      co_return fail("bad_response", "the response's chunks are malformed");
    }
    if (step.status == BodyDecoder::Status::too_large) {
      co_return fail("too_large",
                     "the response's body exceeds " + std::to_string(limit_) + " bytes");
    }
    if (step.status != BodyDecoder::Status::more) continue;
    Task<Result<bool>> filling = fill(ReadBuffer::kLarge);
    const Result<bool> filled = co_await filling;
    if (!filled) co_return std::unexpected(filled.error());
    if (!*filled) co_return lost(" before its response's body was complete");
  }
  co_return Result<>{};
}

Task<Result<>> ClientExchange::receive_rest(std::string& body) {
  while (true) {
    if (in_.view().size() > limit_ - body.size()) {
      co_return fail("too_large",
                     "the response's body exceeds " + std::to_string(limit_) + " bytes");
    }
    body.append(in_.view());
    in_.clear();
    Task<Result<bool>> filling = fill(ReadBuffer::kLarge);
    const Result<bool> filled = co_await filling;
    if (!filled) co_return std::unexpected(filled.error());
    if (!*filled) co_return Result<>{};
  }
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
