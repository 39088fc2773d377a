#pragma once
// The destinations that options ask for, and what carries them: an HTTP client, credentials,
// signatures.
//
// Thread-safety: made and used on one loop; outlives the destinations. Cost: at start only.

#include <memory>
#include <string>
#include <vector>

#include "lift/aws/cached_credentials.h"
#include "lift/aws/environment.h"
#include "lift/aws/region.h"
#include "lift/aws/signed_transport.h"
#include "lift/base/error.h"
#include "lift/base/loop.h"
#include "lift/export/destination.h"
#include "lift/export/export_options.h"
#include "lift/export/line_sink.h"
#include "lift/net/http_client.h"
#include "lift/telemetry/resource.h"

namespace lift::detail {

class Outlets {
 public:
  using All = std::vector<std::unique_ptr<Destination>>;

  /// All outlive it.
  Outlets(Loop& loop, const ExportOptions& options, const Resource& resource)
      : options_(options), resource_(resource), client_(loop) {}

  /// Errors: the first destination that cannot be had.
  Result<All> open();

 private:
  Result<> add_lines();
  Result<> add_otlp();
  Result<> add_cloudwatch_logs();
  Result<> add_cloudwatch_metrics();
  Result<> add_emf();
  Result<> add_xray();
  template <class T>
  Result<> add(Result<std::unique_ptr<T>> made);

  /// A transport that signs for a service of AWS, and where that service is.
  struct Signed {
    HttpTransport& transport;
    Url endpoint;
  };
  Result<Signed> aws(AwsService service);
  HttpTransport& signing(std::string service, std::string region);
  HttpTransport& carrier_to(const Url& endpoint);
  Result<std::string> region();

  const ExportOptions& options_;
  const Resource& resource_;
  HttpClient client_;
  const AwsEnvironment environment_ = AwsEnvironment::process();
  std::unique_ptr<CredentialProvider> source_;
  std::unique_ptr<CachedCredentials> credentials_;
  std::vector<std::unique_ptr<SignedTransport>> signing_;
  LineSink* lines_ = nullptr;  // where lines of others' making go
  All all_;
};

}  // namespace lift::detail
