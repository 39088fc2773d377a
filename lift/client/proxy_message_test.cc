// What goes on of a request and back of an answer: targets and headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "lift/client/detail/proxy_message.h"
#include "lift/http/transport.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using testing::ElementsAre;

std::string forwarded(std::string_view raw, std::string_view prefix = "") {
  Target target;
  EXPECT_TRUE(target.parse(raw).has_value()) << raw;
  return detail::forward_target(target, prefix).value_or("none");
}

TEST(ProxyTarget, GoesOnAsItWasSent) {
  for (const std::string_view raw : {"/", "/a/b", "/a//b/", "/a%2Fb", "/a%20b?x=%2F&y", "/a?",
                                     "/~user/(x);v=1", "/.a/..b/..."}) {
    EXPECT_EQ(forwarded(raw), raw);
  }
}

TEST(ProxyTarget, IsThePathThatTheRouteWasChosenBy) {
  const struct {
    std::string_view raw;
    std::string_view target;
  } cases[] = {
      {"/public/../admin", "/admin"},
      {"/public/%2e%2E/admin?x=/../", "/admin?x=/../"},
      {"/public/.%2e/a%2Fb", "/a%2Fb"},
      {"/./a%20b", "/a%20b"},
      {"/a/..", "/"},
      {"http://else.where/a?b", "/a?b"},
      {"http://else.where", "/"},
      {"http://else.where?b", "/?b"},
      {"*", "none"},
  };
  for (const auto& c : cases) EXPECT_EQ(forwarded(c.raw), c.target) << c.raw;
}

TEST(ProxyTarget, EncodesWhatNoUriMayHold) {
  EXPECT_EQ(forwarded("/a|b\"{}\xC3\xA9?q=<x>[1]%zz%"),
            "/a%7Cb%22%7B%7D%C3%A9?q=%3Cx%3E%5B1%5D%25zz%25");
}

TEST(ProxyTarget, LosesItsPrefixAtASegmentsEndOnly) {
  const struct {
    std::string_view raw;
    std::string_view target;
  } cases[] = {
      {"/ledger/entries?x", "/entries?x"},
      {"/ledger", "/"},
      {"/ledger/", "/"},
      {"/ledgers/x", "/ledgers/x"},
      {"/%6Cedger/a%2Fb", "/a%2Fb"},
      {"/x/../ledger/y", "/y"},
  };
  for (const auto& c : cases) EXPECT_EQ(forwarded(c.raw, "/ledger"), c.target) << c.raw;
}

/// What every target becomes can be sent.
TEST(ProxyTarget, IsAlwaysLegal) {
  SeededRandom random(7);
  constexpr std::string_view kParts[] = {"/", ".", "%2e", "%2F", "a", "?", "%", "|", "\xFF", "%41"};
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string raw = "/";
    for (std::uint64_t n = random.below(12); n > 0; --n) raw += kParts[random.below(10)];
    Target target;
    if (!target.parse(raw)) continue;
    ++parsed;
    Url url = Url::parse("http://a/").value();
    url.target = detail::forward_target(target, "/a").value();
    ASSERT_TRUE(url.check().has_value()) << raw << " became " << url.target;
  }
  EXPECT_GT(parsed, 5'000);
}

class ProxyHeaders : public testing::Test {
 protected:
  using Fields = std::vector<std::string>;

  static Fields fields(const Headers& headers) {
    Fields all;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      all.push_back(std::string(headers[i].name) + ": " + std::string(headers[i].value));
    }
    return all;
  }
  /// What goes on of a request; `client` as trusted proxies saw it.
  Fields sent_on(Request request, std::string_view client = "") {
    Headers out;
    const Handler handler = [&](Context& ctx) {
      if (const auto address = IpAddress::parse(client)) ctx.set_client_address(*address);
      detail::forward_headers(ctx, "edge-1", out);
      return Response();
    };
    const Chain chain = std::move(Chain::build("/", {}, handler)).value();
    world.send(chain, std::move(request));
    return fields(out);
  }
  static Request request(const std::vector<std::pair<std::string, std::string>>& headers) {
    Request made = sim_request(Method::get, "/");
    made.peer = IpAddress::parse("10.1.2.3").value();
    for (const auto& [name, value] : headers) made.headers.add(name, value);
    return made;
  }

  SimWorld world;
};

TEST_F(ProxyHeaders, OfOneHopStayThere) {
  EXPECT_THAT(sent_on(request({{"Accept", "*/*"},
                               {"Connection", "close, X-Mine ,keep-alive"},
                               {"connection", "x-other"},
                               {"X-Mine", "1"},
                               {"X-Other", "1"},
                               {"Keep-Alive", "timeout=5"},
                               {"TE", "trailers"},
                               {"Trailer", "x"},
                               {"Transfer-Encoding", "chunked"},
                               {"Upgrade", "h2c"},
                               {"HTTP2-Settings", "AA"},
                               {"Proxy-Authorization", "Basic x"},
                               {"Proxy-Connection", "keep-alive"},
                               {"Content-Length", "0"},
                               {"Cookie", "a=b"}})),
              ElementsAre("Accept: */*", "Cookie: a=b", "x-forwarded-for: 10.1.2.3",
                          "x-forwarded-proto: http", "via: 1.1 edge-1"));
}

TEST_F(ProxyHeaders, SayWhoAsksAndNotWhatTheClientSaysOfItself) {
  Request asked = request({{"Host", "shop.example"},
                           {"X-Forwarded-For", "6.6.6.6"},
                           {"X-Forwarded-Proto", "https"},
                           {"X-Forwarded-Host", "evil"},
                           {"X-Forwarded-Port", "1"},
                           {"X-Real-IP", "6.6.6.6"},
                           {"Forwarded", "for=6.6.6.6"},
                           {"Connection", "x-forwarded-for, via"},
                           {"X-Timeout-Ms", "1"},
                           {"grpc-timeout", "1S"},
                           {"Via", "1.1 cdn"}});
  asked.secure = true;
  asked.version_minor = 0;
  EXPECT_THAT(sent_on(std::move(asked), "203.0.113.9"),
              ElementsAre("x-forwarded-for: 203.0.113.9, 10.1.2.3", "x-forwarded-proto: https",
                          "x-forwarded-host: shop.example", "via: 1.0 edge-1"));
}

TEST_F(ProxyHeaders, OfAnAnswerGoBackWithoutTheHopsOwn) {
  Headers answer;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Content-Type", "text/plain"},
                                                        {"Content-Length", "5"},
                                                        {"Connection", "x-hop"},
                                                        {"X-Hop", "1"},
                                                        {"Date", "yesterday"},
                                                        {"Set-Cookie", "a=1"},
                                                        {"Set-Cookie", "b=2"},
                                                        {"Proxy-Authenticate", "Basic"},
                                                        {"Retry-After", "7"}}) {
    answer.add(name, value);
  }
  Headers out;
  detail::return_headers(answer, "lift", out);
  EXPECT_THAT(fields(out), ElementsAre("Content-Type: text/plain", "Set-Cookie: a=1",
                                       "Set-Cookie: b=2", "Retry-After: 7", "via: 1.1 lift"));
}

TEST_F(ProxyHeaders, AnUpgradeIsOneThatTheConnectionNames) {
  const struct {
    std::string_view connection;
    std::string_view upgrade;
    bool wanted;
  } cases[] = {{"Upgrade", "websocket", true}, {"keep-alive, UPGRADE", "h2c, websocket", true},
               {"Upgrade", "h2c", false},      {"close", "websocket", false},
               {"Upgrade", "", false},         {"", "websocket", false}};
  for (const auto& c : cases) {
    Headers headers;
    headers.add("Connection", c.connection);
    headers.add("Upgrade", c.upgrade);
    EXPECT_EQ(detail::wants_upgrade(headers), c.wanted) << c.connection << " " << c.upgrade;
  }
}

}  // namespace
}  // namespace lift
