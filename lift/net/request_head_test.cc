#include "lift/net/detail/request_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lift::detail {
namespace {

const std::string kHost = "Host: h\r\n";

HeadError read(const std::string& head, Request& request, HeadInfo& info, HeadLimits limits = {}) {
  HeadScanner scanner;
  const HeadScanner::Found found = scanner.scan(head, limits);
  if (found.error != HeadError::none) return found.error;
  EXPECT_EQ(found.size, head.size()) << head;
  return parse_head(head, request, info);
}

HeadError read(const std::string& head, HeadLimits limits = {}) {
  Request request;
  HeadInfo info;
  return read(head, request, info, limits);
}

TEST(RequestHead, FillsTheRequest) {
  Request request;
  HeadInfo info;
  ASSERT_EQ(read("PUT /a%20b?c=d HTTP/1.1\r\nHost: example.com:80\r\nX-Empty:\r\nX-Two:  1 \r\n"
                 "x-two: 2\r\nContent-Length: 42\r\n\r\n",
                 request, info),
            HeadError::none);
  EXPECT_EQ(request.method, Method::put);
  EXPECT_EQ(request.target.path(), "/a b");
  EXPECT_EQ(request.target.query("c"), "d");
  EXPECT_EQ(request.version_minor, 1);
  EXPECT_EQ(request.headers.value("x-empty"), "");
  EXPECT_EQ(request.headers.count("x-two"), 2U);
  EXPECT_EQ(request.headers.value("x-two"), "1");
  EXPECT_EQ(info.framing.length, 42U);
  EXPECT_FALSE(info.framing.chunked);
  EXPECT_TRUE(info.keep_alive);
}

TEST(RequestHead, KnowsWhetherTheConnectionIsKept) {
  const auto kept = [](const std::string& head) {
    Request request;
    HeadInfo info;
    EXPECT_EQ(read(head, request, info), HeadError::none) << head;
    return info.keep_alive;
  };
  EXPECT_TRUE(kept("GET / HTTP/1.1\r\n" + kHost + "\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.1\r\n" + kHost + "Connection: x, Close\r\n\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(kept("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(RequestHead, KnowsWhoWaitsForContinue) {
  Request request;
  HeadInfo info;
  ASSERT_EQ(read("GET / HTTP/1.1\r\n" + kHost + "Expect: 100-CONTINUE\r\n\r\n", request, info),
            HeadError::none);
  EXPECT_TRUE(info.expects_continue);
  ASSERT_EQ(read("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", request, info), HeadError::none);
  EXPECT_FALSE(info.expects_continue);
}

struct Case {
  std::string head;
  HeadError error;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(read(c.head), c.error) << c.head;
}

TEST(RequestHead, RefusesMalformedHeads) {
  const std::string get = "GET / HTTP/1.1\r\n";
  check({
      {"GET / HTTP/1.1\r\n\r\n", HeadError::bad_host},
      {get + kHost + kHost + "\r\n", HeadError::bad_host},
      {"GET / HTTP/1.0\r\n" + kHost + kHost + "\r\n", HeadError::bad_host},
      {get + "Host: a b\r\n\r\n", HeadError::bad_host},
      {get + "Host: user@host\r\n\r\n", HeadError::bad_host},
      {get + "Host: a/b\r\n\r\n", HeadError::bad_host},
      {get + "Host: [::1]:80\r\n\r\n", HeadError::none},
      {get + "Host:\r\n\r\n", HeadError::none},
      {get + "Host : h\r\n\r\n", HeadError::malformed},
      {get + kHost + "X: a\r\n folded\r\n\r\n", HeadError::malformed},
      {get + " " + kHost + "\r\n", HeadError::malformed},
      {get + kHost + ": no name\r\n\r\n", HeadError::malformed},
      {get + kHost + "no colon\r\n\r\n", HeadError::malformed},
      {get + kHost + "X: a\rb\r\n\r\n", HeadError::malformed},
      {get + kHost +
           "X: a\x01"
           "b\r\n\r\n",
       HeadError::malformed},
      {get + kHost + "X(: a\r\n\r\n", HeadError::malformed},
      {get + kHost + "X: caf\xc3\xa9\r\n\r\n", HeadError::none},
      {"GET / HTTP/1.1\n" + kHost + "\r\n", HeadError::malformed},
      {"\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET  / HTTP/1.1\r\n" + kHost + "\r\n", HeadError::bad_target},
      {"GET /  HTTP/1.1\r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET /a b HTTP/1.1\r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET / HTTP/1.1 \r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET /\r\n" + kHost + "\r\n", HeadError::bad_target},
      {"GET / http/1.1\r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET / HTTP/1.1x\r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET / HTTP/1.2\r\n" + kHost + "\r\n", HeadError::version},
      {"GET / HTTP/2.0\r\n" + kHost + "\r\n", HeadError::version},
      {"PRI * HTTP/2.0\r\n\r\n", HeadError::version},
      {"GET / HTTP/0.9\r\n" + kHost + "\r\n", HeadError::version},
      {"get / HTTP/1.1\r\n" + kHost + "\r\n", HeadError::unknown_method},
      {"TRACE / HTTP/1.1\r\n" + kHost + "\r\n", HeadError::unknown_method},
      {"CONNECT a:80 HTTP/1.1\r\n" + kHost + "\r\n", HeadError::unknown_method},
      {"G(T / HTTP/1.1\r\n" + kHost + "\r\n", HeadError::malformed},
      {"GET * HTTP/1.1\r\n" + kHost + "\r\n", HeadError::bad_target},
      {"OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n", HeadError::none},
      {"GET a HTTP/1.1\r\n" + kHost + "\r\n", HeadError::bad_target},
      {"GET /%zz HTTP/1.1\r\n" + kHost + "\r\n", HeadError::bad_target},
      {"GET /../.. HTTP/1.1\r\n" + kHost + "\r\n", HeadError::bad_target},
  });
}

TEST(RequestHead, RefusesAmbiguousBodies) {
  const std::string post = "POST / HTTP/1.1\r\n" + kHost;
  check({
      {post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: 1, 1\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: -1\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: +1\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: 0x1\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: 1 1\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length:\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: 18446744073709551616\r\n\r\n", HeadError::bad_framing},
      {post + "Content-Length: 18446744073709551615\r\n\r\n", HeadError::none},
      {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", HeadError::bad_framing},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", HeadError::bad_framing},
      {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       HeadError::bad_framing},
      {post + "Transfer-Encoding: Chunked\r\n\r\n", HeadError::none},
      {post + "Transfer-Encoding: gzip\r\n\r\n", HeadError::unknown_coding},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", HeadError::unknown_coding},
      {post + "Transfer-Encoding: chunked, identity\r\n\r\n", HeadError::unknown_coding},
      {post + "Transfer-Encoding: xchunked\r\n\r\n", HeadError::unknown_coding},
      {post + "Transfer-Encoding:\r\n\r\n", HeadError::unknown_coding},
      {post + "Transfer-Encoding: \x0b"
              "chunked\r\n\r\n",
       HeadError::malformed},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HeadError::bad_framing},
      {post + "Expect: 200-ok\r\n\r\n", HeadError::expectation},
  });
}

TEST(RequestHead, LimitsAreExact) {
  HeadLimits limits{.request_line = 20, .header_bytes = 40, .header_count = 3};
  const auto line = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 16, 'a') + " HTTP/1.1\r\n";
  };
  EXPECT_EQ(read(line(20) + kHost + "\r\n", limits), HeadError::none);
  EXPECT_EQ(read(line(21) + kHost + "\r\n", limits), HeadError::target_too_long);
  const auto fields = [](std::size_t bytes) {
    return kHost + "X: " + std::string(bytes - kHost.size() - 7, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(read(line(20) + fields(40), limits), HeadError::none);
  EXPECT_EQ(read(line(20) + fields(41), limits), HeadError::headers_too_large);
  EXPECT_EQ(read(line(20) + kHost + "A: 1\r\nB: 2\r\n\r\n", limits), HeadError::none);
  EXPECT_EQ(read(line(20) + kHost + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits),
            HeadError::headers_too_large);
}

TEST(HeadScanner, FindsTheSameEndHoweverTheBytesArrive) {
  const std::string head = "GET / HTTP/1.1\r\n" + kHost + "\r\n";
  const std::string all = head + "POST next";
  for (std::size_t first = 0; first <= all.size(); ++first) {
    HeadScanner scanner;
    const auto early = scanner.scan(std::string_view(all).substr(0, first), {});
    EXPECT_EQ(early.error, HeadError::none);
    EXPECT_EQ(early.size, first >= head.size() ? head.size() : 0);
    EXPECT_EQ(scanner.scan(all, {}).size, head.size());
  }
}

TEST(HeadScanner, RefusesNulWhereverItStandsAndHoweverItArrives) {
  const std::string head = "GET / HTTP/1.1\r\n" + kHost + "\r\n";
  for (std::size_t at = 0; at < head.size(); ++at) {
    std::string bad = head;
    bad[at] = '\0';
    EXPECT_NE(read(bad), HeadError::none) << at;
    HeadScanner pieces;
    HeadScanner::Found found;
    for (std::size_t end = 1; found.error == HeadError::none && end <= bad.size(); ++end) {
      found = pieces.scan(std::string_view(bad).substr(0, end), {});
    }
    EXPECT_EQ(found.error, HeadError::malformed) << at;
  }
}

TEST(HeadScanner, RefusesAtOnceWhatCanNeverBecomeARequest) {
  const auto error = [](std::string_view bytes) {
    HeadScanner scanner;
    return scanner.scan(bytes, {.request_line = 100, .header_bytes = 100, .header_count = 9}).error;
  };
  EXPECT_EQ(error("GET / HTTP/1.1\n"), HeadError::malformed);
  EXPECT_EQ(error("\n"), HeadError::malformed);
  EXPECT_EQ(error("\r\n"), HeadError::malformed);
  EXPECT_EQ(error(std::string_view("G\0", 2)), HeadError::malformed);
  EXPECT_EQ(error(std::string(101, 'a')), HeadError::target_too_long);
  EXPECT_EQ(error("GET / HTTP/1.1\r\n" + std::string(101, 'a')), HeadError::headers_too_large);
}

}  // namespace
}  // namespace lift::detail
