// What signing costs: a request as exporters send it, the day's key kept.
#include "benchmarks/bench.h"
#include "lift/aws/sigv4.h"

namespace lift {
namespace {

bench::Work signing() {
  Result<Url> url = Url::parse("https://logs.eu-west-1.amazonaws.com/");
  ClientRequest request("POST", *std::move(url));
  request.headers.add("content-type", "application/x-amz-json-1.1");
  request.headers.add("content-encoding", "gzip");
  request.headers.add("x-amz-target", "Logs_20140328.PutLogEvents");
  request.body = "{}";
  auto signer = std::make_unique<Signer>(SigningScope{.region = "eu-west-1", .service = "logs"});
  const AwsCredentials credentials{.access_key_id = "AKIDEXAMPLE",
                                   .secret_access_key = std::string(40, 's'),
                                   .session_token = std::string(900, 't'),
                                   .expires = {}};
  return [request = std::move(request), signer = std::move(signer),
          credentials](std::uint64_t times) mutable {
    constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};
    for (; times > 0; --times) bench::keep(signer->sign(request, credentials, kNow));
  };
}

const bench::Row kSign("sigv4.sign", bench::Budget(10'000), signing);

}  // namespace
}  // namespace lift
