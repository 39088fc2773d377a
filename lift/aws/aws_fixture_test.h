#pragma once
// A world without AWS: variables and files in maps, and a transport that answers as it is told.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lift/aws/credential_sources.h"
#include "lift/base/sleep.h"
#include "lift/testing/sim_world.h"

namespace lift::test {

using namespace std::chrono_literals;
using SharedCredentials = std::shared_ptr<const AwsCredentials>;

/// What must never be in a message.
inline constexpr std::string_view kCanary = "canary";

struct FakeEnvironment {
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;
  AwsEnvironment environment{
      .variable = [this](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end() || found->second.empty()) return std::nullopt;
        return found->second;
      },
      .read_file = [this](const std::string& path) -> Result<std::string> {
        const auto found = files.find(path);
        if (found == files.end()) return fail("file_missing", path + ": No such file or directory");
        return found->second;
      }};
};

/// Answers by method and URL; 404 for what it was not told of. Keeps to the deadline.
class FakeEndpoints final : public HttpTransport {
 public:
  using Answer = std::function<Result<ClientResponse>(const ClientRequest&)>;

  void on(const std::string& what, Answer answer) { answers_[what] = std::move(answer); }
  void on(const std::string& what, int status, std::string body) {
    on(what, [status, body = std::move(body)](const ClientRequest&) {
      ClientResponse response;
      response.status = status;
      response.body = body;
      return response;
    });
  }
  /// Every answer from now on takes so long.
  void slow(Duration delay) { delay_ = delay; }

  Task<Result<ClientResponse>> send(ClientRequest& request) override {
    const std::string what = request.method + ' ' + request.url.scheme + "://" +
                             request.url.authority() + request.url.target;
    seen.push_back(what);
    headers.push_back(request.headers);
    bodies.push_back(request.body);
    if (delay_ > Duration::zero()) {
      const Duration left = request.deadline - Loop::current().clock().now();
      co_await sleep(std::min(delay_, left));
      if (delay_ > left) co_return fail("timeout", "canary");
    }
    const auto answer = answers_.find(what);
    if (answer != answers_.end()) co_return answer->second(request);
    ClientResponse missing;
    missing.status = 404;
    missing.body = kCanary;
    co_return missing;
  }

  std::vector<std::string> seen;
  std::vector<Headers> headers;
  std::vector<std::string> bodies;

 private:
  std::map<std::string, Answer> answers_;
  Duration delay_{};
};

/// Drives a provider on virtual time.
class AwsTest : public testing::Test {
 protected:
  Result<SharedCredentials> ask(CredentialProvider& provider) {
    Task<Result<SharedCredentials>> task = provider.get();
    world_.settle();
    for (int i = 0; i < 100 && !task.done(); ++i) world_.advance(1s);
    EXPECT_TRUE(task.done());
    return task.take();
  }
  /// "key id|secret|token|seconds until it expires" or "code: message".
  std::string outcome(CredentialProvider& provider) { return text(ask(provider)); }
  std::string text(const Result<SharedCredentials>& found) {
    if (!found) {
      EXPECT_EQ(found.error().message.find(kCanary), std::string::npos) << found.error().message;
      return found.error().code + ": " + found.error().message;
    }
    const AwsCredentials& c = **found;
    std::string out = c.access_key_id + '|' + c.secret_access_key + '|' + c.session_token;
    if (c.expires) {
      const WallTime start{std::chrono::seconds(1'767'225'600)};
      out += '|' + std::to_string((*c.expires - start) / 1s);
    }
    return out;
  }

  SimWorld world_;
  FakeEnvironment fake_;
  FakeEndpoints transport_;
};

}  // namespace lift::test
