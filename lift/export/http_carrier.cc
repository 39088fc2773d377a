#include "lift/export/http_carrier.h"

#include "lift/http/retry_after.h"

namespace lift {
namespace {

/// Answers are short; this is what a collector may say of each of a batch's items.
constexpr std::uint64_t kMostAnswer = 4U << 20U;
constexpr std::size_t kMostQuoted = 200;

std::string quoted(const ClientResponse& response) {
  std::string out = std::to_string(response.status);
  if (response.body.empty()) return out;
  out += ": ";
  // Bodies may be protobuf; what is not plain text would spoil a log line.
  for (const char c : response.body.substr(0, kMostQuoted)) out += c >= ' ' && c < 127 ? c : '?';
  return out;
}

}  // namespace

SendResult judge_error(const Error& error) {
  SendResult result;
  const bool final = error.code == "bad_response" || error.code == "too_large";
  result.kind = final ? SendResult::Kind::refused : SendResult::Kind::retry;
  result.timed_out = error.code == "timeout" || error.code == "connect_timeout";
  result.problem = error.code + (error.message.empty() ? "" : ": " + error.message);
  return result;
}

SendResult retry_later(const ClientResponse& response, WallTime now) {
  SendResult result;
  result.kind = SendResult::Kind::retry;
  result.retry_after = parse_retry_after(response.headers.value("retry-after"), now);
  result.problem = quoted(response);
  return result;
}

SendResult refused(const ClientResponse& response) {
  SendResult result;
  result.kind = SendResult::Kind::refused;
  result.problem = quoted(response);
  return result;
}

HttpCarrier::HttpCarrier(HttpTransport& transport, HttpTarget target)
    : transport_(transport), target_(std::move(target)) {
  if (target_.gzip) gzip_.emplace();
}

Task<SendResult> HttpCarrier::carry(const Batch& batch, Instant deadline) {
  std::string body;
  write_body(batch, body);
  const Result<ClientResponse> response = co_await post(std::move(body), deadline);
  co_return response ? judge(*response, batch) : judge_error(response.error());
}

Task<Result<ClientResponse>> HttpCarrier::post(std::string body, Instant deadline) {
  ClientRequest request("POST", target_.url);
  for (const auto& [name, value] : target_.headers) request.headers.set(name, value);
  if (gzip_) {
    gzip_->compress(body, request.body);
    request.headers.set("content-encoding", "gzip");
  } else {
    request.body = std::move(body);
  }
  request.deadline = deadline;
  request.response_limit = kMostAnswer;
  co_return co_await transport_.send(request);
}

}  // namespace lift
