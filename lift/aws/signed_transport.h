#pragma once
// A transport that signs what it sends with AWS Signature Version 4.
//
// A refusal (400 or 403) that comes of a wrong clock, that is, one whose Date is more than four
// minutes from ours, or that says RequestTimeTooSkewed, corrects the offset from this machine's
// clock, and the request is signed and sent once more. A body from a producer is not sent twice:
// the refusal is returned, and the next request has the right time.
// Thread-safety: belongs to one loop. Transport and credentials must outlive it.
// Cost: that of Signer::sign, and two coroutine frames.

#include <cstdint>

#include "lift/aws/credentials.h"
#include "lift/aws/sigv4.h"
#include "lift/http/transport.h"

namespace lift {

class SignedTransport final : public HttpTransport {
 public:
  SignedTransport(HttpTransport& next, CredentialProvider& credentials, SigningScope scope,
                  SigningOptions options = {})
      : next_(next), credentials_(credentials), signer_(std::move(scope), options) {}

  /// Changes the request's headers. Errors besides those of the transport: `no_credentials`,
  /// `cannot_sign`; then nothing was sent.
  Task<Result<ClientResponse>> send(ClientRequest& request) override;

  /// What is added to this machine's clock to get the service's. Zero until a refusal shows it.
  [[nodiscard]] Duration clock_offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t clock_corrections() const noexcept { return corrections_; }

 private:
  Result<> sign(ClientRequest& request, const AwsCredentials& credentials);
  [[nodiscard]] bool correct_clock(const ClientResponse& response);

  HttpTransport& next_;
  CredentialProvider& credentials_;
  Signer signer_;
  Duration offset_{};
  std::uint64_t corrections_ = 0;
};

}  // namespace lift
