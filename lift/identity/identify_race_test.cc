// Requests on several threads while options and token file change under them.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "lift/identity/identify.h"
#include "lift/identity/token_writer.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;
constexpr int kRequests = 2000;
constexpr int kChanges = 40;

class IdentifyRaceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "identify_race_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(IdentifyRaceTest, EveryAnswerIsThatOfOneStateAndNoChangeIsLost) {
  const std::string path = directory_ + "/tokens.txt";
  ASSERT_TRUE(add_token(path, "ann-token", {.tenant = "acme", .user = "ann", .roles = {"admin"}}));
  const std::shared_ptr<TokenFile> file = TokenFile::open(path).value();
  const IdentifyOptions options{.trusted_proxies = {*Cidr::parse("10.0.0.0/8")}, .tokens = file};
  const std::shared_ptr<Identify> layer = Identify::make(options).value();
  const Handler whoami = [](Context& ctx) { return text(ctx.tenant(), "/", ctx.user()); };
  const Chain chain = std::move(Chain::build("/op", {AnyLayer(layer)}, whoami)).value();

  std::atomic<int> right{0};
  const auto ask = [&](int seed) {
    SimWorld world(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < kRequests; ++i) {
      Request request = sim_request(Method::get, "/");
      request.headers.add("authorization", "Bearer ann-token");
      const auto x = world.send(chain, std::move(request));
      if (x->status() == 200 && x->body() == "acme/ann") right.fetch_add(1);
      world.advance(100ms);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(ask, i + 1);
  for (int i = 0; i < kChanges; ++i) {
    ASSERT_TRUE(add_token(path, "t" + std::to_string(i),
                          {.tenant = "acme", .user = "u" + std::to_string(i)}));
    ASSERT_TRUE(layer->update(options));
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(right.load(), kThreads * kRequests);
  EXPECT_EQ(file->reload_failures(), 0U);
  file->refresh(Instant(1h));
  EXPECT_EQ(file->table().size(), std::size_t{kChanges + 1});
}

TEST_F(IdentifyRaceTest, WritersOfOneFileLoseNothing) {
  const std::string path = directory_ + "/tokens.txt";
  const auto write = [&](int writer) {
    for (int i = 0; i < 20; ++i) {
      const std::string token = std::to_string(writer) + "-" + std::to_string(i);
      EXPECT_TRUE(add_token(path, token, {.tenant = "acme", .user = "u"}));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(write, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(TokenFile::open(path).value()->table().size(), std::size_t{kThreads * 20});
}

}  // namespace
}  // namespace lift
