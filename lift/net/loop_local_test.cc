// What loops keep for others ends with them, on the loop's terms.
#include <gtest/gtest.h>

#include <memory>

#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"
#include "lift/testing/sim_world.h"
#include "tests/support/scripted_server.h"

namespace lift {
namespace {

struct Kept final : LoopLocal {
  explicit Kept(int& its_ended) : ended(its_ended) {}
  ~Kept() override { ended += Loop::try_current() != nullptr ? 1 : 100; }
  int& ended;
};

TEST(LoopLocal, IsFoundByItsOwnerAndEndsWithTheLoopAsItsCurrentOne) {
  int ended = 0;
  const int one = 1;
  const int two = 2;
  {
    SimLoop loop(1);
    EXPECT_EQ(loop.kept(&one), nullptr);
    LoopLocal& kept = loop.keep(&one, std::make_unique<Kept>(ended));
    loop.keep(&two, std::make_unique<Kept>(ended));
    EXPECT_EQ(loop.kept(&one), &kept);
    EXPECT_NE(loop.kept(&two), &kept);
    EXPECT_EQ(ended, 0);
  }
  EXPECT_EQ(ended, 2);
}

/// A client whose idle connections are closed when their loop ends, whoever outlives whom.
struct KeptClient final : LoopLocal {
  explicit KeptClient(Loop& loop) : client(loop) {}
  HttpClient client;
};

TEST(LoopLocal, AClientWithIdleConnectionsMayEndWithItsLoop) {
  test::ScriptedServer server([](test::Peer& peer) {
    if (peer.answer(test::kHello)) {
      EXPECT_TRUE(peer.ends());
    }
  });
  LoopThread thread("client");
  ASSERT_TRUE(thread.start().has_value());
  const auto answer = *thread.run_sync([&]() -> Task<Result<ClientResponse>> {
    Loop& loop = thread.loop();
    auto& kept = static_cast<KeptClient&>(loop.keep(&thread, std::make_unique<KeptClient>(loop)));
    ClientRequest request("GET", Url::parse(server.url()).value());
    Task<Result<ClientResponse>> sending = kept.client.send(request);
    co_return co_await sending;
  });
  EXPECT_TRUE(answer.has_value());
  thread.stop();
}

}  // namespace
}  // namespace lift
