#include "lift/app/http_check.h"

#include <memory>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/net/http_client.h"

namespace lift {
namespace {

struct Probe {
  HttpCheckOptions options;
  Url url;
  Duration timeout;

  /// A client of its own each time: it must end on the loop that it began on.
  Task<CheckResult> run() const {
    HttpClient client(Loop::current(), client_options());
    ClientRequest request(options.method, url);
    for (const auto& [name, value] : options.headers) request.headers.add(name, value);
    request.response_limit = options.body_limit;
    Task<Result<ClientResponse>> sending = client.send(request);
    const Result<ClientResponse> answer = co_await sending;
    CheckResult result = judge(answer);
    co_return result;
  }

  [[nodiscard]] HttpClientOptions client_options() const {
    HttpClientOptions wanted;
    wanted.connections_per_host = 1;
    wanted.connect_timeout = wanted.read_timeout = wanted.write_timeout = timeout;
    wanted.tls = options.tls;
    wanted.user_agent = "lift-health";
    return wanted;
  }

  [[nodiscard]] CheckResult judge(const Result<ClientResponse>& answer) const {
    if (!answer) return CheckResult::fail(answer.error().code, answer.error().message);
    const auto& [low, high] = options.expected;
    const auto status = static_cast<double>(answer->status);
    if (answer->status < low || answer->status > high) {
      return CheckResult::fail("status", "answered " + std::to_string(answer->status))
          .measured(status, "1");
    }
    if (answer->certificate_ends && options.certificate_warning > Duration::zero()) {
      const auto left = *answer->certificate_ends - Loop::current().clock().wall();
      const double days = std::chrono::duration<double, std::ratio<86400>>(left).count();
      if (left < options.certificate_warning) {
        return CheckResult::warn("certificate_expires").measured(days, "d");
      }
    }
    return CheckResult::pass().measured(status, "1");
  }
};

}  // namespace

Problems HttpCheckOptions::validate() const {
  Problems problems;
  if (const auto parsed = Url::parse(url); !parsed) {
    problems.add("url", url, parsed.error().message);
  }
  if (!ascii::is_token(method) || method == "CONNECT") {
    problems.add("method", method, "must be an HTTP method");
  }
  if (expected.first < 200 || expected.second > 599 || expected.first > expected.second) {
    problems.add("expected",
                 std::to_string(expected.first) + " to " + std::to_string(expected.second),
                 "must be statuses from 200 to 599, the lower first");
  }
  constexpr std::uint64_t kMostBody = 64 * 1024 * 1024;
  if (body_limit > kMostBody) {
    problems.add("body_limit", std::to_string(body_limit), "must be from 0 to 67108864");
  }
  if (certificate_warning < Duration::zero() || certificate_warning > std::chrono::hours(8784)) {
    problems.add("certificate_warning", std::to_string(certificate_warning.count()) + "ns",
                 "must be from 0 to a year");
  }
  return problems;
}

Result<Check> http_check(CheckOptions options, HttpCheckOptions http) {
  Problems problems = options.validate();
  problems.add_all("http", http.validate());
  if (auto valid = problems.as_result(); !valid) return std::unexpected(valid.error());
  Url url = *Url::parse(http.url);
  auto probe = std::make_shared<const Probe>(
      Probe{.options = std::move(http), .url = std::move(url), .timeout = options.timeout});
  return async_check(std::move(options), [probe] { return probe->run(); });
}

}  // namespace lift
