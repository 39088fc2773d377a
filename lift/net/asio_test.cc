#include "lift/asio.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using test::TestServer;
using test::TestService;

/// An operation of the given signature that completes on the loop's next turn.
template <class... Values, class Token>
auto async_give(Token token, Values... values) {
  return boost::asio::async_initiate<Token, void(Values...)>(
      [](auto handler, Values... given) {
        boost::asio::post(asio_context(), [handler = std::move(handler), given...]() mutable {
          std::move(handler)(std::move(given)...);
        });
      },
      token, std::move(values)...);
}

Response run(Handler handler) {
  TestService service;
  service.add("/", std::move(handler));
  TestServer server(service);
  const test::RawResponse answer = server.connect().ask(test::kGet);
  return text(answer.body).with_status(answer.status);
}

TEST(Asio, ATimerIsAwaitedInAHandler) {
  const Response answer = run([](Context&) -> Task<Response> {
    const auto before = std::chrono::steady_clock::now();
    boost::asio::steady_timer timer(asio_context(), 5ms);
    co_await timer.async_wait(use_task);
    co_return text(std::chrono::steady_clock::now() - before >= 5ms ? "waited" : "too early");
  });
  EXPECT_EQ(answer.body.bytes(), "waited");
}

TEST(Asio, ValuesAreTheResult) {
  const Response answer = run([](Context&) -> Task<Response> {
    co_await async_give<>(use_task);
    const int one = co_await async_give<int>(use_task, 1);
    const boost::system::error_code fine;
    const int two = co_await async_give<boost::system::error_code, int>(use_task, fine, 2);
    const auto both = co_await async_give<int, std::string>(use_task, 3, "three");
    co_return text(std::to_string(one + two + std::get<0>(both)), std::get<1>(both));
  });
  EXPECT_EQ(answer.body.bytes(), "6three");
}

TEST(Asio, AnErrorIsThrown) {
  const Response answer = run([](Context&) -> Task<Response> {
    const boost::system::error_code bad(ECONNREFUSED, boost::system::system_category());
    try {
      co_await async_give<boost::system::error_code>(use_task, bad);
    } catch (const boost::system::system_error& error) {
      co_return text(error.code() == bad ? "thrown" : "another");
    }
    co_return text("nothing");
  });
  EXPECT_EQ(answer.body.bytes(), "thrown");
}

TEST(Asio, AStopCancelsTheOperation) {
  TestService service;
  test::Gate waiting;
  test::Gate cancelled;
  service.add("/", [&](Context& ctx) -> Task<Response> {
    boost::asio::steady_timer timer(asio_context(), 1h);
    waiting.open();
    try {
      co_await timer.async_wait(use_task(ctx.stop_token()));
    } catch (const Cancelled&) {
      cancelled.open();
    }
    co_return text("");
  });
  TestServer server(service);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(test::kGet));
  ASSERT_TRUE(waiting.wait());
  client.close();
  EXPECT_TRUE(cancelled.wait());
}

TEST(Asio, ADroppedTaskCancelsTheOperation) {
  TestService service;
  service.add("/", [](Context&) -> Task<Response> {
    const auto wait = []() -> Task<void> {
      boost::asio::steady_timer timer(asio_context(), 1h);
      co_await timer.async_wait(use_task);
    };
    Task<void> waiting = wait();
    waiting.drop();
    boost::asio::steady_timer turn(asio_context(), 1ms);  // in which the cancelled handler runs
    co_await turn.async_wait(use_task);
    co_return text("dropped");
  });
  TestServer server(service);
  EXPECT_EQ(server.connect().ask(test::kGet).body, "dropped");
}

}  // namespace
}  // namespace lift
