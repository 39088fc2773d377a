// Raw bytes and what must come of them: the exact status, and whether the connection lives on.
// While each is tried another client is served.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/test_service.h"

namespace lift {
namespace {

using test::kGet;
using test::RawClient;
using test::test_options;
using test::TestServer;
using test::TestService;

enum class After { open, closed };

struct Case {
  std::string name;
  std::string bytes;
  int status;
  After after;
};

const std::string kHost = "Host: test\r\n";

std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n"; }
std::string line(const std::string& first) { return first + "\r\n" + kHost + "\r\n"; }
std::string post(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\n" + kHost + fields + "\r\n" + body;
}
std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<Case> well_formed() {
  using enum After;
  return {
      {"plain", get(kHost), 200, open},
      {"no blank after a colon", get("Host:test\r\n"), 200, open},
      {"blanks around a value", get("Host: \t test \t \r\n"), 200, open},
      {"an empty value", get(kHost + "X:\r\n"), 200, open},
      {"bytes beyond ASCII in a value", get(kHost + "X: \xff\xfe\r\n"), 200, open},
      {"absolute form", line("GET http://test/ HTTP/1.1"), 200, open},
      {"asterisk", line("OPTIONS * HTTP/1.1"), 200, open},
      {"an upgrade that is not offered", get(kHost + "Connection: Upgrade\r\nUpgrade: h2c\r\n"),
       200, open},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200, closed},
      {"HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, open},
      {"asked to close", get(kHost + "Connection: close\r\n"), 200, closed},
      {"a body", post("Content-Length: 3\r\n", "abc"), 200, open},
      {"a body with GET", "GET / HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\n\r\nabc", 200, open},
      {"an empty body", post("Content-Length: 0\r\n"), 200, open},
      {"zeros before a length", post("Content-Length: 003\r\n", "abc"), 200, open},
      {"chunks", chunks("3\r\nabc\r\n0\r\n\r\n"), 200, open},
      {"no chunks", chunks("0\r\n\r\n"), 200, open},
      {"a body at the limit", post("Content-Length: 100\r\n", std::string(100, 'x')), 200, open},
      {"chunks at the limit", chunks("64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n"), 200,
       open},
  };
}

std::vector<Case> malformed_heads() {
  using enum After;
  return {
      {"an empty line first", "\r\n" + get(kHost), 400, closed},
      {"noise", "\x16\x03\x01\x02" + std::string(40, '\x05') + "\n", 400, closed},
      {"NUL at once", std::string("\0\0\0", 3), 400, closed},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: a" + std::string(1, '\0') + "b\r\n\r\n", 400,
       closed},
      {"bare LF everywhere", "GET / HTTP/1.1\nHost: test\n\n", 400, closed},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: test\nX: y\r\n\r\n", 400, closed},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: test\r\n\n", 400, closed},
      {"bare CR in a value", get(kHost + "X: a\rb\r\n"), 400, closed},
      {"a control character in a value", get(kHost + "X: a\x01z\r\n"), 400, closed},
      {"a folded field", get(kHost + "X: a\r\n b\r\n"), 400, closed},
      {"a folded field by tab", get(kHost + "X: a\r\n\tb\r\n"), 400, closed},
      {"a blank before the first field", get(" " + kHost), 400, closed},
      {"a blank before a colon", get("Host : test\r\n"), 400, closed},
      {"a tab before a colon", get("Host\t: test\r\n"), 400, closed},
      {"a field without a name", get(kHost + ": x\r\n"), 400, closed},
      {"a field without a colon", get(kHost + "nothing\r\n"), 400, closed},
      {"a name that is no token", get(kHost + "X{}: x\r\n"), 400, closed},
      {"no Host", get(""), 400, closed},
      {"two Hosts", get(kHost + kHost), 400, closed},
      {"a Host with a user", get("Host: a@b\r\n"), 400, closed},
      {"a Host with a path", get("Host: a/b\r\n"), 400, closed},
      {"no target", line("GET HTTP/1.1"), 400, closed},
      {"no version", line("GET /"), 400, closed},
      {"two blanks", line("GET  / HTTP/1.1"), 400, closed},
      {"a blank in the target", line("GET /a b HTTP/1.1"), 400, closed},
      {"a tab for a blank", line("GET\t/ HTTP/1.1"), 400, closed},
      {"a blank after the version", line("GET / HTTP/1.1 "), 400, closed},
      {"a version in lower case", line("GET / http/1.1"), 400, closed},
      {"a relative target", line("GET a HTTP/1.1"), 400, closed},
      {"an asterisk with GET", line("GET * HTTP/1.1"), 400, closed},
      {"a bad escape", line("GET /%2 HTTP/1.1"), 400, closed},
      {"an encoded NUL", line("GET /%00 HTTP/1.1"), 400, closed},
      {"above the root", line("GET /../x HTTP/1.1"), 400, closed},
      {"a fragment", line("GET /#x HTTP/1.1"), 400, closed},
      {"a method that is no token", line("G@T / HTTP/1.1"), 400, closed},
      {"a Connection that is no list", get(kHost + "Connection: @;\r\n"), 400, closed},
  };
}

std::vector<Case> not_supported() {
  using enum After;
  return {
      {"an unknown method", line("BREW / HTTP/1.1"), 501, closed},
      {"a method in lower case", line("get / HTTP/1.1"), 501, closed},
      {"TRACE", line("TRACE / HTTP/1.1"), 501, closed},
      {"CONNECT", line("CONNECT test:443 HTTP/1.1"), 501, closed},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, closed},
      {"HTTP/1.2", line("GET / HTTP/1.2"), 505, closed},
      {"HTTP/3.0", line("GET / HTTP/3.0"), 505, closed},
      {"HTTP/0.9 in full", line("GET / HTTP/0.9"), 505, closed},
      {"an unknown expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "x"), 417, closed},
      {"gzip as a coding", post("Transfer-Encoding: gzip\r\n", "x"), 501, closed},
      {"gzip before chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501,
       closed},
      {"chunked before identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
       501, closed},
      {"almost chunked", post("Transfer-Encoding: chunke\r\n", "0\r\n\r\n"), 501, closed},
  };
}

std::vector<Case> smuggling() {
  using enum After;
  return {
      {"length, then chunked",
       post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, closed},
      {"chunked, then length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400, closed},
      {"chunked twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       closed},
      {"chunked, then identity",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400, closed},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
       closed},
      {"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), 400, closed},
      {"the same length twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400,
       closed},
      {"a list of lengths", post("Content-Length: 3, 3\r\n", "abc"), 400, closed},
      {"a negative length", post("Content-Length: -3\r\n", "abc"), 400, closed},
      {"a signed length", post("Content-Length: +3\r\n", "abc"), 400, closed},
      {"a hex length", post("Content-Length: 0x3\r\n", "abc"), 400, closed},
      {"an empty length", post("Content-Length:\r\n", "abc"), 400, closed},
      {"a length with a fraction", post("Content-Length: 3.0\r\n", "abc"), 400, closed},
      {"a length beyond 64 bits", post("Content-Length: 18446744073709551617\r\n", "a"), 400,
       closed},
      {"a blank before Transfer-Encoding's colon",
       post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400, closed},
      {"vertical tab before chunked",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            "0\r\n\r\n"),
       400, closed},
      {"a chunk size that is not hex", chunks("z\r\n"), 400, closed},
      {"a chunk size with 0x", chunks("0x3\r\nabc\r\n0\r\n\r\n"), 400, closed},
      {"a signed chunk size", chunks("+3\r\nabc\r\n0\r\n\r\n"), 400, closed},
      {"a blank after a chunk size", chunks("3 \r\nabc\r\n0\r\n\r\n"), 400, closed},
      {"a chunk size beyond 64 bits", chunks("10000000000000003\r\nabc\r\n0\r\n\r\n"), 400, closed},
      {"bare LF after a chunk size", chunks("3\nabc\r\n0\r\n\r\n"), 400, closed},
      {"bare LF after a chunk", chunks("3\r\nabc\n0\r\n\r\n"), 400, closed},
      {"bare LF in a chunk extension", chunks("3;x\nabc\r\n0\r\n\r\n"), 400, closed},
      {"a chunk longer than its size", chunks("3\r\nabcd\r\n0\r\n\r\n"), 400, closed},
      {"a trailer", chunks("0\r\nX: y\r\n\r\n"), 400, closed},
      {"an endless chunk extension", chunks("3;" + std::string(300, 'x') + "\r\nabc\r\n"), 400,
       closed},
  };
}

std::vector<Case> oversized() {
  using enum After;
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  return {
      {"a long target", line("GET /" + std::string(9000, 'a') + " HTTP/1.1"), 414, closed},
      {"an endless target", "GET /" + std::string(9000, 'a'), 414, closed},
      {"an endless method", std::string(9000, 'A'), 414, closed},
      {"a long field", get(kHost + "X: " + std::string(40'000, 'x') + "\r\n"), 431, closed},
      {"an endless field", "GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x'), 431, closed},
      {"many fields", get(kHost + many), 431, closed},
      {"a long body", post("Content-Length: 101\r\n", std::string(101, 'x')), 413, closed},
      {"a long body that never comes", post("Content-Length: 18446744073709551615\r\n"), 413,
       closed},
      {"a long body that is asked for first",
       post("Content-Length: 101\r\nExpect: 100-continue\r\n"), 413, closed},
      {"a long chunk", chunks("65\r\n"), 413, closed},
      {"too many chunks", chunks("64\r\n" + std::string(100, 'x') + "\r\n1\r\n"), 413, closed},
  };
}

std::vector<Case> slow() {
  using enum After;
  return {
      {"half a request line", "GET / HT", 408, closed},
      {"half a head", "GET / HTTP/1.1\r\nHost: te", 408, closed},
      {"a head without its end", "GET / HTTP/1.1\r\nHost: test\r\n", 408, closed},
      {"half a body", post("Content-Length: 3\r\n", "ab"), 408, closed},
      {"no body", post("Content-Length: 3\r\n"), 408, closed},
      {"half a chunk", chunks("3\r\nab"), 408, closed},
      {"chunks without an end", chunks("3\r\nabc\r\n"), 408, closed},
      {"half a chunk size", chunks("3"), 408, closed},
  };
}

class RawRequests : public testing::Test {
 protected:
  RawRequests() {
    RouteOptions options;
    options.body_limit = 100;
    for (const char* path : {"/", "*"}) {
      service_.add(path, [](Context& ctx) { return text(ctx.request().body); }, options);
    }
    ServerOptions server_options = test_options();
    server_options.limits.header_time = server_options.limits.body_time =
        std::chrono::milliseconds(500);
    server_.emplace(service_, server_options);
    good_.emplace(server_->connect());
  }
  void expect_good_client_served() { EXPECT_EQ(good_->ask(kGet).status, 200); }

  void check(const Case& c) {
    SCOPED_TRACE(c.name);
    RawClient client = server_->connect();
    client.send(c.bytes);
    expect_good_client_served();
    EXPECT_EQ(client.read().status, c.status);
    if (c.after == After::closed) {
      EXPECT_TRUE(client.ends());
    } else {
      EXPECT_EQ(client.ask(kGet).status, 200);
    }
    expect_good_client_served();
  }
  void check_all(const std::vector<Case>& cases) {
    for (const Case& c : cases) check(c);
  }

  TestService service_;
  std::optional<TestServer> server_;
  std::optional<RawClient> good_;
};

TEST_F(RawRequests, WellFormedOnesAreAnswered) { check_all(well_formed()); }
TEST_F(RawRequests, MalformedHeadsAreRefused) { check_all(malformed_heads()); }
TEST_F(RawRequests, WhatIsNotSupportedIsRefused) { check_all(not_supported()); }
TEST_F(RawRequests, AmbiguousBodiesAreRefused) { check_all(smuggling()); }
TEST_F(RawRequests, OversizedOnesAreRefused) { check_all(oversized()); }

TEST_F(RawRequests, SlowOnesAreGivenUp) {
  std::vector<RawClient> clients;
  for (const Case& c : slow()) {
    clients.push_back(server_->connect());
    clients.back().send(c.bytes);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    SCOPED_TRACE(slow()[i].name);
    expect_good_client_served();
    EXPECT_EQ(clients[i].read().status, 408);
    EXPECT_TRUE(clients[i].ends());
  }
}

TEST_F(RawRequests, ARefusalEndsThePipelineThatFollows) {
  RawClient client = server_->connect();
  client.send(std::string(kGet) + get("") + std::string(kGet));
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().status, 400);
  EXPECT_EQ(client.read().status, 0);
}

TEST_F(RawRequests, RefusalsAreProblemDocumentsAndCounted) {
  RawClient client = server_->connect();
  const test::RawResponse response = client.ask(get(""));
  EXPECT_EQ(response.header("content-type"), "application/problem+json");
  EXPECT_NE(response.body.find("\"code\":\"PARAMETER_ERROR\""), std::string::npos) << response.body;
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ((*server_)->stats().malformed, 1U);
}

}  // namespace
}  // namespace lift
