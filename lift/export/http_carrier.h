#pragma once
// Posts each batch as one HTTP request: what OTLP, CloudWatch and X-Ray have in common.
//
// Thread-safety: belongs to one loop.
// Cost: one request a batch; the body is written, and compressed, anew for each attempt.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/export/batch_sender.h"
#include "lift/http/transport.h"
#include "lift/telemetry/gzip.h"

namespace lift {

/// Where requests go, and what they all say.
struct HttpTarget {
  Url url;
  std::vector<std::pair<std::string, std::string>> headers;
  bool gzip = false;  ///< Content-Encoding: gzip
};

/// What an error of the transport says of an attempt. All but an answer that is not HTTP or is too
/// long may pass.
[[nodiscard]] SendResult judge_error(const Error& error);
/// An attempt that is to be repeated, after what Retry-After asks for.
[[nodiscard]] SendResult retry_later(const ClientResponse& response, WallTime now);
/// An attempt that is not, with the beginning of the answer.
[[nodiscard]] SendResult refused(const ClientResponse& response);

class HttpCarrier : public BatchCarrier {
 public:
  /// `transport` must outlive this.
  HttpCarrier(HttpTransport& transport, HttpTarget target);
  Task<SendResult> carry(const Batch& batch, Instant deadline) override;

 protected:
  /// Writes the whole body of a request onto `out`, which is empty.
  virtual void write_body(const Batch& batch, std::string& out) = 0;
  [[nodiscard]] virtual SendResult judge(const ClientResponse& response, const Batch& batch) = 0;

  /// A POST of `body`.
  Task<Result<ClientResponse>> post(std::string body, Instant deadline);
  [[nodiscard]] HttpTarget& target() noexcept { return target_; }

 private:
  HttpTransport& transport_;
  HttpTarget target_;
  std::optional<Gzip> gzip_;
};

}  // namespace lift
