#pragma once
// An HTTP client on a loop of its own, asked by a blocking test.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"

namespace lift::test {

class TestClient {
 public:
  explicit TestClient(HttpClientOptions options = {}) {
    EXPECT_TRUE(thread_.start().has_value());
    const auto made = thread_.run_sync(
        [&] { client_ = std::make_unique<HttpClient>(thread_.loop(), std::move(options)); });
    EXPECT_TRUE(made.has_value());
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient() {
    static_cast<void>(thread_.run_sync([&] { client_.reset(); }));
  }

  [[nodiscard]] static ClientRequest request(std::string_view method, const std::string& url) {
    return ClientRequest(method, Url::parse(url).value());
  }
  /// How the request ended.
  Result<ClientResponse> send(ClientRequest& request) {
    return *thread_.run_sync([&] { return client_->send(request); });
  }
  Result<ClientResponse> get(const std::string& url) {
    ClientRequest asked = request("GET", url);
    return send(asked);
  }
  /// The error's code, "" for a response.
  std::string code(ClientRequest& request) {
    const Result<ClientResponse> answer = send(request);
    return answer ? "" : answer.error().code;
  }
  std::string code(const std::string& url) {
    ClientRequest asked = request("GET", url);
    return code(asked);
  }
  [[nodiscard]] HttpClientStats stats() const { return client_->stats(); }
  [[nodiscard]] HttpClient& operator*() { return *client_; }
  [[nodiscard]] LoopThread& thread() { return thread_; }

 private:
  LoopThread thread_{"client"};
  std::unique_ptr<HttpClient> client_;
};

}  // namespace lift::test
