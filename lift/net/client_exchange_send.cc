// Sending: the request's head, and its body from where it lies or from its producer.
#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/net/detail/client_exchange.h"

namespace lift::detail {
namespace {

/// Fields that are the transport's own business.
constexpr std::array<std::string_view, 9> kOurs = {
    "host", "content-length", "transfer-encoding", "connection",      "keep-alive",
    "te",   "trailer",        "upgrade",           "proxy-connection"};

bool is_ours(std::string_view name) noexcept {
  return std::ranges::any_of(kOurs, [&](auto ours) { return ascii::same(ours, name); }) ||
         ascii::same(name, "expect");
}

void add_line(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

/// Methods whose requests are expected to have a body: they say so even when it is empty.
bool means_body(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

void ClientExchange::compose_head() {
  std::string& head = out_.bytes;
  head.append(request_.method).append(" ").append(request_.url.target).append(" HTTP/1.1\r\n");
  add_line(head, "Host", request_.url.authority());
  const std::string& agent = setting_.options.user_agent;
  if (!agent.empty() && !request_.headers.contains("user-agent")) {
    add_line(head, "User-Agent", agent);
  }
  for (std::size_t i = 0; i < request_.headers.size(); ++i) {
    const Headers::Field field = request_.headers[i];
    if (!is_ours(field.name)) add_line(head, field.name, field.value);
  }
  compose_framing();
}

void ClientExchange::compose_framing() {
  std::string& head = out_.bytes;
  if (request_.producer) {
    produce_left_ = request_.producer_length;
    if (produce_left_) {
      add_line(head, "Content-Length", std::to_string(*produce_left_));
    } else {
      add_line(head, "Transfer-Encoding", "chunked");
    }
    head.append("\r\n");
    return;
  }
  if (!request_.body.empty() || means_body(request_.method)) {
    add_line(head, "Content-Length", std::to_string(request_.body.size()));
  }
  head.append("\r\n");
  out_.add_body(request_.body);
}

Task<void> ClientExchange::send_all() {
  Task<bool> flushing = flush();
  if (!co_await flushing) co_return;
  if (request_.producer) {
    Task<void> producing = send_produced();
    try {
      co_await producing;
    } catch (const Cancelled&) {
      if (!write_refused_) throw;
      co_return;
    }
    if (send_error_) co_return;
    Task<bool> ending = flush();
    if (!co_await ending) co_return;
  }
  sent_ = true;
}

Task<void> ClientExchange::send_produced() {
  producer_began_ = true;
  Task<void> pump = request_.producer(*this);
  co_await pump;
  if (!request_.producer_length) {
    out_.bytes.append("0\r\n\r\n");
  } else if (*produce_left_ > 0) {
    send_error_ =
        Error{"bad_request", "the body's producer wrote " + std::to_string(*produce_left_) +
                                 " bytes less than producer_length"};
  }
}

Task<void> ClientExchange::write(std::string_view chunk) {
  if (chunk.empty()) co_return;
  if (!out_.empty()) throw std::logic_error("a request's body is written to twice at once");
  if (produce_left_) {
    if (chunk.size() > *produce_left_) {
      send_error_ = Error{"bad_request", "the body's producer wrote more than producer_length"};
      refuse_write();
    }
    *produce_left_ -= chunk.size();
    out_.refer(chunk, "");
  } else {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), chunk.size(), 16);
    out_.bytes.append(digits.data(), end.ptr).append("\r\n");
    out_.refer(chunk, "\r\n");
  }
  Task<bool> flushing = flush();
  if (!co_await flushing) refuse_write();
}

void ClientExchange::refuse_write() {
  write_refused_ = true;
  throw Cancelled();
}

/// False when no more can be sent.
Task<bool> ClientExchange::flush() {
  while (!out_.empty()) {
    const auto parts = out_.parts();
    const Io io = connection_.stream().write(parts);
    if (io.state == Io::State::ok) {
      written_ = true;
      out_.sent(io.bytes);
      continue;
    }
    if (io.state != Io::State::again) co_return false;  // there may be a response all the same
    const Instant patience = saturating_add(setting_.now(), setting_.options.write_timeout);
    Parked wait(setting_.loop, std::min(patience, request_.deadline));
    connection_.wait_writable(wait);
    const bool woken = co_await wait;
    if (!woken) {
      send_error_ = late().error();
      co_return false;
    }
  }
  co_return true;
}

void ClientExchange::sender_ended() noexcept {
  // Whoever reads has a time to keep from now on, or a failure to tell of.
  connection_.wake_reader();
}

bool ClientExchange::sending_failed() const noexcept {
  return send_error_.has_value() || sending_.failed();
}

}  // namespace lift::detail
