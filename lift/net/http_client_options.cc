#include "lift/net/http_client_options.h"

#include <algorithm>

#include "lift/base/ascii.h"
#include "lift/net/detail/check.h"

namespace lift {

Problems HttpClientOptions::validate() const {
  using detail::check_range;
  using std::chrono::hours;
  using std::chrono::milliseconds;
  constexpr std::uint64_t kMiB = 1024 * 1024;
  Problems problems;
  check_range(problems, "connect_timeout", connect_timeout, milliseconds(1), hours(1));
  check_range(problems, "read_timeout", read_timeout, milliseconds(1), hours(1));
  check_range(problems, "write_timeout", write_timeout, milliseconds(1), hours(1));
  check_range(problems, "queue_timeout", queue_timeout, milliseconds(1), hours(1));
  check_range(problems, "connections_per_host", connections_per_host, 1, 10'000);
  check_range(problems, "queue_per_host", queue_per_host, 0, 100'000);
  check_range(problems, "hosts", hosts, 1, 10'000);
  check_range(problems, "idle_time", idle_time, Duration::zero(), hours(24));
  check_range(problems, "dns_time", dns_time, Duration::zero(), hours(24));
  check_range(problems, "response_head", response_head, 256, kMiB);
  check_range(problems, "response_fields", response_fields, 1, 10'000);
  check_range(problems, "response_body", response_body, 0, kMiB * kMiB);
  if (std::ranges::any_of(user_agent, ascii::is_control)) {
    problems.add("user_agent", "", "must not hold control characters");
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    problems.add("tls.certificate_file", tls.certificate_file, "must be given with tls.key_file");
  }
  return problems;
}

}  // namespace lift
