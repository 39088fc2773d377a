#include "lift/aws/signed_transport.h"

#include <utility>

#include "lift/aws/detail/aws_time.h"
#include "lift/base/loop.h"

namespace lift {
namespace {

/// AWS refuses five minutes; the rest is for the way there.
constexpr Duration kTolerated = std::chrono::minutes(4);

}  // namespace

Result<> SignedTransport::sign(ClientRequest& request, const AwsCredentials& credentials) {
  return signer_.sign(request, credentials, Loop::current().clock().wall() + offset_);
}

bool SignedTransport::correct_clock(const ClientResponse& response) {
  if (response.status != 400 && response.status != 403) return false;
  const auto theirs = detail::parse_http_date(response.headers.value("date"));
  if (!theirs) return false;
  const WallTime here = Loop::current().clock().wall();
  const Duration gap = std::chrono::abs(*theirs - (here + offset_));
  const bool said = response.body.find("RequestTimeTooSkewed") != response.body.npos;
  if (gap <= kTolerated && !said) return false;
  offset_ = *theirs - here;
  ++corrections_;
  return true;
}

Task<Result<ClientResponse>> SignedTransport::send(ClientRequest& request) {
  const auto credentials = co_await credentials_.get();
  if (!credentials) co_return fail("no_credentials", credentials.error().message);
  if (Result<> done = sign(request, **credentials); !done)
    co_return std::unexpected(std::move(done.error()));
  Result<ClientResponse> response = co_await next_.send(request);
  if (!response || !correct_clock(*response) || request.producer) co_return response;
  if (Result<> done = sign(request, **credentials); !done)
    co_return std::unexpected(std::move(done.error()));
  co_return co_await next_.send(request);
}

}  // namespace lift
