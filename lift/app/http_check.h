#pragma once
// A health check of another HTTP service.
//
//   app.health().add(*http_check({.name = "ledger", .required = false},
//                                {.url = "https://ledger.internal/ready"}));
//
// A connection each run, on the health's thread. Codes: `status`, `too_large`,
// `certificate_expires`, and those of HttpTransport (`connect_failed`, `tls_failed`, `timeout` …).
// Thread-safety: pure functions.
// Cost: a connection and a request each run.

#include <string>
#include <utility>
#include <vector>

#include "lift/base/error.h"
#include "lift/health/check.h"
#include "lift/net/http_client_options.h"

namespace lift {

struct HttpCheckOptions {
  std::string url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// Statuses from and to which it is well, both included.
  std::pair<int, int> expected{200, 299};
  /// Bytes of body that are read, 0 to 64 MiB; more is a failure.
  std::uint64_t body_limit = 64 * 1024;
  /// A certificate that ends sooner is a warning; 0 to a year, 0 for none.
  Duration certificate_warning = std::chrono::hours(24 * 14);
  TlsOptions tls = {};

  [[nodiscard]] Problems validate() const;
};

/// Error: `bad_configuration`.
[[nodiscard]] Result<Check> http_check(CheckOptions options, HttpCheckOptions http);

}  // namespace lift
