#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/http/transport.h"

namespace lift {
namespace {

TEST(Url, SplitsAbsoluteUrls) {
  struct Row {
    std::string_view text, scheme, host;
    int port;
    std::string_view target, authority;
  };
  const std::vector<Row> table = {
      {"http://example.com", "http", "example.com", 80, "/", "example.com"},
      {"https://example.com", "https", "example.com", 443, "/", "example.com"},
      {"HTTPS://Example.COM/A", "https", "example.com", 443, "/A", "example.com"},
      {"https://example.com:443/", "https", "example.com", 443, "/", "example.com"},
      {"http://example.com:443/", "http", "example.com", 443, "/", "example.com:443"},
      {"http://a_b.c-d:65535/x?y=1", "http", "a_b.c-d", 65535, "/x?y=1", "a_b.c-d:65535"},
      {"http://h?q=a/b", "http", "h", 80, "/?q=a/b", "h"},
      {"http://127.0.0.1:1/%20", "http", "127.0.0.1", 1, "/%20", "127.0.0.1:1"},
      {"http://[FD00:ec2::254]/x", "http", "fd00:ec2::254", 80, "/x", "[fd00:ec2::254]"},
      {"https://[::1]:8443", "https", "::1", 8443, "/", "[::1]:8443"},
  };
  for (const Row& row : table) {
    const Result<Url> url = Url::parse(row.text);
    ASSERT_TRUE(url) << row.text << ": " << url.error().message;
    EXPECT_EQ(url->scheme, row.scheme) << row.text;
    EXPECT_EQ(url->host, row.host) << row.text;
    EXPECT_EQ(url->port, row.port) << row.text;
    EXPECT_EQ(url->target, row.target) << row.text;
    EXPECT_EQ(url->authority(), row.authority) << row.text;
  }
}

TEST(Url, RefusesWithTheBrokenRuleAndWithoutTheText) {
  const std::string long_host = "http://" + std::string(254, 'a');
  const std::string long_url = "http://h/" + std::string(8192, 'a');
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "must begin with http:// or https://"},
      {"example.com", "must begin with http:// or https://"},
      {"/path", "must begin with http:// or https://"},
      {"ftp://example.com", "must begin with http:// or https://"},
      {"http:/example.com", "must begin with http:// or https://"},
      {"http://", "must have a host of letters, digits, '-', '.' and '_'"},
      {"http:///x", "must have a host of letters, digits, '-', '.' and '_'"},
      {"http://a%62c/", "must have a host of letters, digits, '-', '.' and '_'"},
      {"http://a,b/", "must have a host of letters, digits, '-', '.' and '_'"},
      {"http://::1/", "must have a host of letters, digits, '-', '.' and '_'"},
      {long_host, "must have a host of letters, digits, '-', '.' and '_'"},
      {"http://secret:pw@h/", "must not have a user name"},
      {"http://h/#secret", "must not have a fragment"},
      {"http://h:/", "must have a port from 1 to 65535"},
      {"http://h:0/", "must have a port from 1 to 65535"},
      {"http://h:65536/", "must have a port from 1 to 65535"},
      {"http://h:80x/", "must have a port from 1 to 65535"},
      {"http://h:+80/", "must have a port from 1 to 65535"},
      {"http://[::1/", "must close its '['"},
      {"http://[127.0.0.1]/", "must have an IPv6 address in its []"},
      {"http://[fe80::1%25eth0]/", "must have an IPv6 address in its []"},
      {"http://[::1]80/", "must have a port or a path behind its ']'"},
      {"http://h/secret path", "must be visible ASCII; encode everything else as %XX"},
      {"http://h/\r\nsecret: 1", "must be visible ASCII; encode everything else as %XX"},
      {"http://h/\xc3\xa9", "must be visible ASCII; encode everything else as %XX"},
      {long_url, "must have 8192 characters at most"},
  };
  for (const auto& [text, rule] : table) {
    const Result<Url> url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, "bad_url");
    EXPECT_EQ(url.error().message, "the URL " + rule) << text;
  }
}

}  // namespace
}  // namespace lift
