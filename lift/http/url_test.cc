#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/http/transport.h"

namespace lift {
namespace {

struct Good {
  std::string_view text;
  std::string_view scheme;
  std::string_view host;
  std::uint16_t port;
  std::string_view target;
  std::string_view authority;
};

TEST(Url, IsSplit) {
  const std::vector<Good> table = {
      {"http://example.com", "http", "example.com", 80, "/", "example.com"},
      {"HTTPS://Example.COM/A?b=C", "https", "example.com", 443, "/A?b=C", "example.com"},
      {"http://a:8080/x", "http", "a", 8080, "/x", "a:8080"},
      {"http://a:80/", "http", "a", 80, "/", "a"},
      {"https://a:80/", "https", "a", 80, "/", "a:80"},
      {"http://a?q=1", "http", "a", 80, "/?q=1", "a"},
      {"http://127.0.0.1:1/", "http", "127.0.0.1", 1, "/", "127.0.0.1:1"},
      {"http://[::1]/", "http", "::1", 80, "/", "[::1]"},
      {"https://[2001:DB8::1]:8443/a", "https", "2001:db8::1", 8443, "/a", "[2001:db8::1]:8443"},
      {"http://my_service-1.local/a%20b/..;c=d/?e=f&g=@:/?", "http", "my_service-1.local", 80,
       "/a%20b/..;c=d/?e=f&g=@:/?", "my_service-1.local"},
      {"http://xn--bcher-kva.example/", "http", "xn--bcher-kva.example", 80, "/",
       "xn--bcher-kva.example"},
      {"http://a:65535/", "http", "a", 65535, "/", "a:65535"},
  };
  for (const Good& row : table) {
    const Result<Url> url = Url::parse(row.text);
    ASSERT_TRUE(url.has_value()) << row.text << ": " << url.error().message;
    EXPECT_EQ(url->scheme, row.scheme) << row.text;
    EXPECT_EQ(url->host, row.host) << row.text;
    EXPECT_EQ(url->port, row.port) << row.text;
    EXPECT_EQ(url->target, row.target) << row.text;
    EXPECT_EQ(url->authority(), row.authority) << row.text;
    EXPECT_TRUE(url->check().has_value()) << row.text;
  }
}

using Refused = std::vector<std::pair<std::string, std::string>>;

void expect_refused(const Refused& table) {
  for (const auto& [text, message] : table) {
    const Result<Url> url = Url::parse(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, "bad_url") << text;
    EXPECT_EQ(url.error().message, "the URL " + message) << text;
  }
}

TEST(Url, RefusesWhatHasNoProperHost) {
  const std::string scheme = "must begin with http:// or https://";
  const std::string host = "must have a host of letters, digits, '-', '_' and single dots";
  const std::string v4 = "has a host that is no proper IPv4 address";
  const std::string v6 = "has a host that is no proper IPv6 address";
  expect_refused({
      {"", scheme},
      {"example.com", scheme},
      {"/path", scheme},
      {"ftp://a/", scheme},
      {"http:/a", scheme},
      {" http://a/", scheme},
      {"http://", "must have a host"},
      {"http:///path", "must have a host"},
      {"http://:80/", "must have a host"},
      {"http://user@a/", "must not have a user name"},
      {"http://user:secret@a/", "must not have a user name"},
      {"http://a..b/", host},
      {"http://.a/", host},
      {"http://a b/", host},
      {"http://b\xc3\xbc"
       "cher/",
       host},
      {"http://a%2eb/", host},
      {"http://a\\b/", host},
      {"http://" + std::string(64, 'a') + "/", host},
      {"http://a./", "must have a host that does not end in a dot"},
      {"http://127.1/", v4},
      {"http://0x7f.1/", v4},
      {"http://a.0x7f/", v4},
      {"http://1.2.3.256/", v4},
      {"http://2130706433/", v4},
      {"http://[1.2.3.4]/", "has brackets around what is no IPv6 address"},
      {"http://[::1", "has a '[' without its ']'"},
      {"http://[::g]/", v6},
      {"http://[fe80::1%25eth0]/", v6},
      {"http://[::1]x/", "has something behind its host"},
      {"http://" + std::string(60, 'a') + "." + std::string(60, 'a') + "." + std::string(60, 'a') +
           "." + std::string(60, 'a') + "." + std::string(60, 'a') + "/",
       "has a host of more than 253 bytes"},
  });
}

TEST(Url, RefusesABadPortOrTarget) {
  const std::string port = "must have a port from 1 to 65535";
  const std::string escape = "has a '%' that is not followed by two hex digits";
  const std::string encode = "has a character that must be percent-encoded";
  expect_refused({
      {"http://a:/", port},
      {"http://a:0/", port},
      {"http://a:080/", port},
      {"http://a:65536/", port},
      {"http://a:8o/", port},
      {"http://a:-1/", port},
      {"http://a:+80/", port},
      {"http://::1/", port},
      {"http://a/#top", "must not have a fragment"},
      {"http://a#top", "must not have a fragment"},
      {"http://a/b c", encode},
      {"http://a/\r\nX: y", encode},
      {std::string("http://a/\0", 10), encode},
      {"http://a/\"", encode},
      {"http://a/%", escape},
      {"http://a/%2", escape},
      {"http://a/%zz", escape},
      {"http://a/" + std::string(8192, 'a'), "is longer than 8,192 bytes"},
  });
}

TEST(Url, OnePutTogetherByHandIsChecked) {
  const Url good{.scheme = "http", .host = "a", .port = 1, .target = "/"};
  EXPECT_TRUE(good.check().has_value());
  for (const Url& bad : std::vector<Url>{
           {.scheme = "HTTP", .host = "a", .port = 1, .target = "/"},
           {.scheme = "http", .host = "A", .port = 1, .target = "/"},
           {.scheme = "http", .host = "a", .port = 0, .target = "/"},
           {.scheme = "http", .host = "a", .port = 1, .target = ""},
           {.scheme = "http", .host = "a", .port = 1, .target = "b"},
           {.scheme = "http", .host = "[::1]", .port = 1, .target = "/"},
           {.scheme = "http", .host = "a\r\nb", .port = 1, .target = "/"},
       }) {
    EXPECT_FALSE(bad.check().has_value()) << bad.scheme << bad.host << bad.target;
  }
}

}  // namespace
}  // namespace lift
