#pragma once
// A service of chains by path, and a server for it on a free port.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "lift/net/server.h"
#include "tests/support/raw_client.h"

namespace lift::test {

class TestService : public Service {
 public:
  TestService() {
    add("", [](Context&) { return text("no such path").with_status(404); });
  }
  void add(const std::string& path, Handler handler, RouteOptions options = {},
           std::vector<AnyLayer> layers = {}, ChainSettings settings = {}) {
    auto chain = Chain::build(path, std::move(layers), std::move(handler), options, settings);
    ASSERT_TRUE(chain.has_value()) << chain.error().message;
    chains_.emplace(path, std::make_unique<Chain>(std::move(*chain)));
  }
  [[nodiscard]] const Chain& route(Context& ctx) noexcept override {
    const auto found = chains_.find(ctx.request().target.path());
    return found == chains_.end() ? *chains_.find("")->second : *found->second;
  }
  void draining() noexcept override { drains.fetch_add(1); }

  std::atomic<int> drains{0};

 private:
  std::map<std::string, std::unique_ptr<Chain>, std::less<>> chains_;
};

[[nodiscard]] inline ServerOptions test_options() {
  ServerOptions options;
  options.listen = {ListenAddress{}};
  options.loops = 1;
  options.lame_duck = std::chrono::milliseconds(1);
  options.finish_within = std::chrono::seconds(10);
  options.workers.threads = 2;
  return options;
}

/// Started when made; stopped when it goes.
class TestServer {
 public:
  explicit TestServer(Service& service, ServerOptions options = test_options())
      : server_(std::move(options), service) {
    const auto started = server_.start();
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message);
  }
  [[nodiscard]] RawClient connect(std::size_t address = 0) const {
    return RawClient(server_.addresses().at(address));
  }
  [[nodiscard]] Server& operator*() { return server_; }
  [[nodiscard]] Server* operator->() { return &server_; }

 private:
  Server server_;
};

/// Lets threads of a test meet.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();  // under the lock: whoever waits may destroy this as soon as it is free
  }
  /// False if it stayed closed beyond all patience.
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, RawClient::kPatience, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

}  // namespace lift::test
