#include "lift/net/detail/response_writer.h"

#include <gtest/gtest.h>

#include "lift/net/detail/outgoing.h"

namespace lift::detail {
namespace {

std::string head(const Response& response, const ResponseShape& shape) {
  std::string out;
  write_head(out, response, shape, framing_of(response, shape), "now");
  return out;
}

Response streamed(std::optional<std::uint64_t> length) {
  Response response;
  response.body.stream([](BodySink&) -> Task<void> { co_return; }, length);
  return response;
}

TEST(ResponseWriter, WritesAHead) {
  EXPECT_EQ(head(text("hello").with_status(404).with("X-A", "b"), {}),
            "HTTP/1.1 404 Not Found\r\nDate: now\r\nContent-Length: 5\r\n"
            "content-type: text/plain; charset=utf-8\r\nX-A: b\r\n\r\n");
}

TEST(ResponseWriter, SaysHowTheConnectionGoesOn) {
  const Response response{};
  EXPECT_EQ(head(response, {.keep_alive = false}),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head(response, {.version_minor = 0}),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseWriter, FramesByStatusVersionAndLength) {
  const auto framing = [](const Response& response, int minor) {
    return framing_of(response, {.version_minor = minor});
  };
  for (const int status : {204, 304}) {
    Response response;
    response.status = status;
    EXPECT_EQ(framing(response, 1), Framing::none);
  }
  EXPECT_EQ(framing(text("x"), 1), Framing::length);
  EXPECT_EQ(framing(streamed(5), 1), Framing::length);
  EXPECT_EQ(framing(streamed({}), 1), Framing::chunked);
  EXPECT_EQ(framing(streamed({}), 0), Framing::close);
}

TEST(ResponseWriter, ChunksAreInHex) {
  std::string out;
  write_chunk_size(out, 255);
  EXPECT_EQ(out, "ff\r\n");
}

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return Instant{}; }
  [[nodiscard]] WallTime wall() const noexcept override { return wall_; }
  WallTime wall_{};
};

TEST(DateCache, RendersTheDateOncePerSecond) {
  using namespace std::chrono_literals;
  FixedClock clock;
  DateCache cache;
  clock.wall_ = WallTime(784'111'777s + 250ms);
  const Instant start(1h);
  EXPECT_EQ(cache.at(start, clock), "Sun, 06 Nov 1994 08:49:37 GMT");
  clock.wall_ += 1s;
  EXPECT_EQ(cache.at(start + 749ms, clock), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(start + 750ms, clock), "Sun, 06 Nov 1994 08:49:38 GMT");
  clock.wall_ = WallTime(1'709'208'000s);
  EXPECT_EQ(cache.at(start + 10s, clock), "Thu, 29 Feb 2024 12:00:00 GMT");
}

TEST(Outgoing, LeavesInOrderHoweverLittleIsTaken) {
  const std::string big(Outgoing::kCopied + 1, 'b');
  for (const std::size_t step : {1UL, 3UL, 5000UL}) {
    Outgoing out;
    out.bytes = "head";
    out.add_body("small");
    out.refer(big, "tail");
    std::string taken;
    while (!out.empty()) {
      std::string all;
      for (const std::string_view part : out.parts()) all += part;
      taken += all.substr(0, step);
      out.sent(std::min(step, all.size()));
    }
    EXPECT_EQ(taken, "headsmall" + big + "tail");
  }
}

}  // namespace
}  // namespace lift::detail
