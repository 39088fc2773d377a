#include "lift/net/detail/response_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lift::detail {
namespace {

std::string read(const std::string& text, bool to_head, ResponseHead& head) {
  return std::string(parse_response_head(text + "\r\n", to_head, head));
}

TEST(ResponseHead, IsRead) {
  ResponseHead head;
  ASSERT_EQ(read("HTTP/1.1 404 Not  Found\r\nX-Empty:\r\nX-Two:\t 1 \r\nx-two: \xc3\xbc\r\n"
                 "Content-Length: 42\r\n",
                 false, head),
            "");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.headers.size(), 4U);
  EXPECT_EQ(head.headers.value("x-empty"), "");
  EXPECT_EQ(head.headers.value("x-two"), "1");
  EXPECT_EQ(head.headers[2].value, "\xc3\xbc");
  EXPECT_EQ(head.framing.length, 42U);
  EXPECT_TRUE(head.keep_alive);
  head.clear();
  ASSERT_EQ(read("HTTP/1.1 200 \r\n", false, head), "");
  EXPECT_TRUE(head.headers.empty());
}

TEST(ResponseHead, KnowsWhatFollowsAndWhetherTheConnectionIsKept) {
  using Body = ResponseHead::Body;
  struct Row {
    std::string text;
    bool to_head;
    Body body;
    bool keep_alive;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string old = "HTTP/1.0 200 OK\r\n";
  const std::string length = "Content-Length: 3\r\n";
  const std::string chunked = "Transfer-Encoding: Chunked\r\n";
  for (const Row& row : std::vector<Row>{
           {ok + length, false, Body::framed, true},
           {ok + chunked, false, Body::framed, true},
           {ok, false, Body::until_close, false},
           {ok, true, Body::none, true},
           {ok + length, true, Body::none, true},
           {ok + length + "Connection: close\r\n", false, Body::framed, false},
           {ok + length + "Connection: x, Close ,y\r\n", false, Body::framed, false},
           {ok + length + "Connection: keep-alive\r\nConnection: close\r\n", false, Body::framed,
            false},
           {old + length, false, Body::framed, false},
           {old + length + "Connection: Keep-Alive\r\n", false, Body::framed, true},
           {"HTTP/1.1 204 \r\n", false, Body::none, true},
           {"HTTP/1.1 204 \r\n" + chunked, false, Body::none, false},
           {"HTTP/1.1 204 \r\nContent-Length: 0\r\n", false, Body::none, true},
           {"HTTP/1.1 304 \r\n" + length, false, Body::none, true},
           {"HTTP/1.1 100 Continue\r\n", false, Body::none, true},
       }) {
    ResponseHead head;
    EXPECT_EQ(read(row.text, row.to_head, head), "") << row.text;
    EXPECT_EQ(head.body, row.body) << row.text;
    EXPECT_EQ(head.keep_alive, row.keep_alive) << row.text;
  }
}

TEST(ResponseHead, RefusesWhatIsNone) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "does not begin as HTTP does"},
      {"http/1.1 200 OK\r\n", "does not begin as HTTP does"},
      {"HTTP/1.2 200 OK\r\n", "is not HTTP/1.1 or HTTP/1.0"},
      {"HTTP/1.1  200 OK\r\n", "has no status"},
      {"HTTP/1.1 20\r\n", "has no status"},
      {"HTTP/1.1 2000\r\n", "has no status"},
      {"HTTP/1.1 +20 OK\r\n", "has no status"},
      {"HTTP/1.1 099 OK\r\n", "has a status that is not from 100 to 599"},
      {"HTTP/1.1 600 OK\r\n", "has a status that is not from 100 to 599"},
      {"HTTP/1.1 200 O\x01K\r\n", "has a control character in its first line"},
      {ok + ": x\r\n", "has a bad header name"},
      {ok + "a : x\r\n", "has a bad header name"},
      {ok + " a: x\r\n", "has a bad header name"},
      {ok + "a: x\ry\r\n", "has a control character in a header"},
      {ok + std::string("a: x\0y\r\n", 8), "has a control character in a header"},
      {ok + "a\r\n", "has a line that is no header field"},
      {ok + "Content-Length:\r\n", "has a bad Content-Length"},
      {ok + "Content-Length: 0x1\r\n", "has a bad Content-Length"},
      {ok + "Content-Length: +1\r\n", "has a bad Content-Length"},
      {ok + "Content-Length: 1, 1\r\n", "has a bad Content-Length"},
      {ok + "Content-Length: 18446744073709551616\r\n", "has a bad Content-Length"},
      {ok + "Content-Length: 1\r\nContent-Length: 01\r\nContent-Length: 2\r\n",
       "gives two lengths"},
      {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
       "has an unknown transfer coding"},
      {ok + "Transfer-Encoding: identity\r\n", "has an unknown transfer coding"},
      {ok + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "gives its length twice"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", "has chunks in HTTP/1.0"},
  };
  for (const auto& [text, rule] : table) {
    for (const bool to_head : {false, true}) {
      ResponseHead head;
      EXPECT_EQ(read(text, to_head, head), rule) << text;
    }
  }
  ResponseHead head;
  EXPECT_EQ(parse_response_head("HTTP/1.1 200 OK\r\na: b\r\n", false, head), "has no end");
}

}  // namespace
}  // namespace lift::detail
