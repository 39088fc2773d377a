#include "lift/client/proxy.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/chain/context.h"
#include "lift/client/detail/proxy_message.h"
#include "lift/http/errors.h"

namespace lift {
namespace {

/// An answer's body that is no larger is read whole, so that a break in it is still a 502.
constexpr std::uint64_t kWhole = 64 * 1024;

HttpError error_of(const Error& error) {
  const std::string cause = error.code + ": " + error.message;
  if (error.code == "timeout" || error.code == "connect_timeout") {
    return HttpError(504, "GATEWAY_TIMEOUT", "The service behind did not answer in time.")
        .because(cause);
  }
  if (error.code == "busy" || error.code == "bulkhead_full") {
    return HttpError(503, "UPSTREAM_BUSY", "There is no room for more requests to the service.")
        .header("retry-after", "1")
        .because(cause);
  }
  if (error.code == "circuit_open") {
    return HttpError(503, "CIRCUIT_BREAKER_OPEN", "The service behind is left alone for a while.")
        .header("retry-after", "1")
        .because(cause);
  }
  if (error.code == "bad_request") {
    return HttpError(400, "BAD_REQUEST", "The request cannot be handed on.").because(cause);
  }
  return HttpError(502, "BAD_GATEWAY", "The service behind gave no proper answer.").because(cause);
}

std::optional<std::uint64_t> content_length(const Headers& headers) noexcept {
  const std::string_view text = headers.value("content-length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

/// A request on its way, and the answer to it: what a streamed body needs until it has ended.
struct Passage {
  ClientRequest request;
  std::unique_ptr<OpenResponse> answer;
};

Task<void> pump(Passage& passage, BodySink& out) {
  while (true) {
    auto reading = passage.answer->next();
    const Result<std::optional<std::string_view>> piece = co_await reading;
    if (!piece) {
      throw std::runtime_error("the answer of the service behind broke off: " + piece.error().code);
    }
    if (!*piece) co_return;
    Task<void> writing = out.write(**piece);
    co_await writing;
  }
}

Task<void> read_whole(OpenResponse& answer, Body& body) {
  while (true) {
    auto reading = answer.next();
    const Result<std::optional<std::string_view>> piece = co_await reading;
    if (!piece) throw error_of(piece.error());
    if (!*piece) co_return;
    body.append(**piece);
  }
}

Task<void> no_bytes(BodySink&) { co_return; }

Task<void> send_on(BodySource& from, BodySink& out) {
  while (true) {
    Task<std::optional<std::string_view>> reading = from.next();
    const std::optional<std::string_view> piece = co_await reading;
    if (!piece) co_return;
    Task<void> writing = out.write(*piece);
    co_await writing;
  }
}

void take_body(Context& ctx, ClientRequest& request) {
  if (!ctx.route().stream_request.value_or(false)) {
    request.body = ctx.request().body;
    return;
  }
  const Headers& headers = ctx.request().headers;
  request.producer_length = content_length(headers);
  if (!request.producer_length && !headers.contains("transfer-encoding")) return;
  request.producer = [&source = ctx.body()](BodySink& out) { return send_on(source, out); };
}

class Proxy {
 public:
  Proxy(std::shared_ptr<Client> client, ProxyOptions options)
      : client_(std::move(client)), options_(std::move(options)) {}

  Task<Response> operator()(Context& ctx) const {
    auto passage = std::make_unique<Passage>(request_for(ctx));
    auto opening = client_->open(ctx, passage->request);
    Result<std::unique_ptr<OpenResponse>> opened = co_await opening;
    if (!opened) throw error_of(opened.error());
    passage->answer = std::move(*opened);
    Response response = head_of(*passage->answer);
    const std::optional<std::uint64_t> length = passage->answer->length;
    if (ctx.request().method == Method::head) {
      // The length that a GET would have told; there is no body to write.
      const auto told = content_length(passage->answer->head.headers);
      if (told) response.body.stream(&no_bytes, told);
    } else if (length && *length <= kWhole) {
      Task<void> reading = read_whole(*passage->answer, response.body);
      co_await reading;
    } else {
      const std::shared_ptr<Passage> shared = std::move(passage);
      response.body.stream([shared](BodySink& out) { return pump(*shared, out); }, length);
    }
    co_return response;
  }

 private:
  [[nodiscard]] ClientRequest request_for(Context& ctx) const {
    const Request& from = ctx.request();
    if (detail::wants_upgrade(from.headers)) {
      throw HttpError(501, "UPGRADE_REFUSED", "Another protocol is not handed on.");
    }
    const auto target = detail::forward_target(from.target, options_.strip_prefix);
    if (!target) throw HttpError(501, "NOT_IMPLEMENTED", "Only paths are handed on.");
    ClientRequest request = client_->request(to_string(from.method), *target);
    request.response_limit = options_.response_limit;
    detail::forward_headers(ctx, options_.via, request.headers);
    take_body(ctx, request);
    return request;
  }

  [[nodiscard]] Response head_of(const OpenResponse& answer) const {
    Response response;
    response.status = answer.head.status;
    detail::return_headers(answer.head.headers, options_.via, response.headers);
    return response;
  }

  std::shared_ptr<Client> client_;
  ProxyOptions options_;
};

bool is_pseudonym(std::string_view text) noexcept {
  const auto legal = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view("._-").contains(c);
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, legal);
}

}  // namespace

Problems ProxyOptions::validate() const {
  Problems problems;
  const bool path = strip_prefix.starts_with('/') && !strip_prefix.ends_with('/') &&
                    !strip_prefix.contains('?') && !strip_prefix.contains('%');
  if (!strip_prefix.empty() && !path) {
    problems.add("strip_prefix", strip_prefix,
                 "must be empty or a path that begins with '/', without '/' at its end");
  }
  if (!is_pseudonym(via)) {
    problems.add("via", via, "must be 1 to 64 letters, digits, '.', '_' and '-'");
  }
  if (response_limit < 1 || response_limit > std::uint64_t{1} << 40) {
    problems.add("response_limit", std::to_string(response_limit), "must be 1 byte to 1 TiB");
  }
  return problems;
}

Result<Handler> proxy(std::shared_ptr<Client> client, ProxyOptions options) {
  Problems problems = options.validate();
  if (client == nullptr) problems.add("client", "", "must be a client");
  if (const Result<> valid = problems.as_result(); !valid) return std::unexpected(valid.error());
  return Handler(Proxy(std::move(client), std::move(options)));
}

}  // namespace lift
