#include "lift/aws/sigv4.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "lift/aws/detail/canonical_request.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

// 2015-08-30T12:36:00Z, the moment of AWS's vectors.
constexpr WallTime kThen{std::chrono::seconds(1'440'938'160)};
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SigningScope kScope{.region = "us-east-1", .service = "service"};

/// A signed request as AWS's suite writes it.
struct Vector {
  std::string method, target, host, body;
  std::vector<std::pair<std::string, std::string>> headers;

  [[nodiscard]] std::string take(std::string_view name) {
    std::string value;
    std::erase_if(headers, [&](const auto& header) {
      const bool it = Headers::same_name(header.first, name);
      if (it) value = header.second;
      return it;
    });
    return value;
  }
};

Vector read_vector(const std::filesystem::path& path) {
  std::ifstream file(path);
  Vector v;
  std::string line;
  std::getline(file, line);
  v.method = line.substr(0, line.find(' '));
  v.target = line.substr(v.method.size() + 1, line.rfind(' ') - v.method.size() - 1);
  while (std::getline(file, line) && !line.empty()) {
    if (line.starts_with(' ')) {  // the suite takes a folded line for one more value
      v.headers.emplace_back(v.headers.back().first, line);
      continue;
    }
    const std::size_t colon = line.find(':');
    v.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  v.host = v.take("Host");
  v.body.assign(std::istreambuf_iterator<char>(file), {});
  return v;
}

Url url_of(std::string_view host, std::string_view target) {
  // Not parsed with its target: AWS's vectors have some that no URL may have.
  Url url = Url::parse("https://" + std::string(host)).value();
  url.target = target;
  return url;
}

TEST(SigV4, SignsEveryRequestOfTheSuiteAsAwsDoes) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LIFT_TEST_DATA "/sigv4")) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    Vector v = read_vector(entry.path());
    const std::string expected = v.take("Authorization");
    const std::string date = v.take("X-Amz-Date");
    const AwsCredentials credentials{.access_key_id = "AKIDEXAMPLE",
                                     .secret_access_key = std::string(kSecret),
                                     .session_token = v.take("X-Amz-Security-Token"),
                                     .expires = {}};
    SigningOptions options;
    options.normalize_path = entry.path().stem().string().find("unnormalized") == std::string::npos;
    options.content_sha256 = !v.take("x-amz-content-sha256").empty();
    ClientRequest request(v.method, url_of(v.host, v.target));
    for (const auto& [name, value] : v.headers) request.headers.add(name, value);
    request.body = v.body;
    ASSERT_TRUE(sign(request, credentials, kScope, kThen, options));
    EXPECT_EQ(request.headers.value("authorization"), expected);
    EXPECT_EQ(request.headers.value("x-amz-date"), date);
    EXPECT_EQ(request.headers.value("x-amz-security-token"), credentials.session_token);
    ++count;
  }
  EXPECT_EQ(count, 33U);
}

std::string canonical(std::string_view target, SigningOptions options = {}) {
  const ClientRequest request("GET", url_of("h", target));
  const std::string text = detail::canonical_request(request, "-", options).text;
  return text.substr(4, text.find("\nhost") - 4);
}

TEST(SigV4, WritesPathAndQueryInOneWay) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"/", "/\n"},
      {"//", "/\n"},
      {"/a/../../b", "/b\n"},
      {"/a/.", "/a\n"},
      {"/a/./", "/a/\n"},
      {"/a%20b", "/a%2520b\n"},
      {"/a:b", "/a%3Ab\n"},
      {"/?", "/\n"},
      {"/?&&", "/\n"},
      {"/?a", "/\na="},
      {"/?=1", "/\n=1"},
      {"/?b=2&a=1", "/\na=1&b=2"},
      {"/?a=2&a=1&a", "/\na=&a=1&a=2"},
      {"/?A=1&a=2&B=3", "/\nA=1&B=3&a=2"},
      {"/?ab=1&a=2&a-b=3", "/\na=2&a-b=3&ab=1"},
      {"/?a=b=c", "/\na=b%3Dc"},
      {"/?a=%7e%2f%2F%zz%4", "/\na=~%2F%2F%25zz%254"},
      {"/?a=x+y z", "/\na=x%2By%20z"},
      {"/?a=b?c", "/\na=b%3Fc"},
  };
  for (const auto& [target, expected] : table) EXPECT_EQ(canonical(target), expected) << target;
}

TEST(SigV4, LeavesThePathOfS3AsItIs) {
  EXPECT_EQ(canonical("/a//b/../c%20d/~", SigningOptions::s3()), "/a//b/../c%20d/~\n");
}

TEST(SigV4, WritesHeadersInOneWay) {
  ClientRequest request("PUT", url_of("h:8443", "/"));
  request.headers.add("X-B", "  two   words\t end ");
  request.headers.add("x-a", "1");
  request.headers.add("X-A", "");
  request.headers.add("x-a", "0");
  request.headers.add("x-a-b", "n");
  for (const std::string_view unsigned_name :
       {"Host", "User-Agent", "expect", "Connection", "Authorization", "X-Amzn-Trace-Id",
        "Transfer-Encoding"}) {
    request.headers.add(unsigned_name, "changes");
  }
  const detail::CanonicalRequest out = detail::canonical_request(request, "-", {});
  EXPECT_EQ(out.text,
            "PUT\n/\n\nhost:h:8443\nx-a:1,,0\nx-a-b:n\nx-b:two words end\n\nhost;x-a;x-a-b;x-b\n-");
  EXPECT_EQ(out.signed_headers, "host;x-a;x-a-b;x-b");
}

AwsCredentials with_secret(std::string secret) {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = std::move(secret),
          .session_token = {},
          .expires = {}};
}

std::string signature(Signer& signer, const AwsCredentials& credentials, WallTime now) {
  ClientRequest request("GET", url_of("h", "/"));
  EXPECT_TRUE(signer.sign(request, credentials, now));
  return std::string(request.headers.value("authorization"));
}

TEST(SigV4, KeepsTheKeyOfTheDayAndOfTheSecret) {
  Signer kept(kScope);
  const std::vector<std::pair<std::string, WallTime>> steps = {
      {"one", kThen},       {"one", kThen + 1h},  {"two", kThen + 1h}, {"two", kThen + 24h},
      {"one", kThen + 24h}, {"one", kThen + 23h}, {"one", kThen},
  };
  for (const auto& [secret, now] : steps) {
    Signer fresh(kScope);
    const AwsCredentials credentials = with_secret(secret);
    EXPECT_EQ(signature(kept, credentials, now), signature(fresh, credentials, now));
  }
}

TEST(SigV4, SignsAgainAsIfForTheFirstTime) {
  ClientRequest once("POST", url_of("h", "/"));
  ClientRequest twice("POST", url_of("h", "/"));
  AwsCredentials old = with_secret("old");
  old.session_token = "old-token";
  ASSERT_TRUE(sign(twice, old, kScope, kThen - 1h, SigningOptions::s3()));
  const AwsCredentials current = with_secret("new");
  ASSERT_TRUE(sign(once, current, kScope, kThen, SigningOptions::s3()));
  ASSERT_TRUE(sign(twice, current, kScope, kThen, SigningOptions::s3()));
  EXPECT_EQ(once.headers.value("authorization"), twice.headers.value("authorization"));
  EXPECT_EQ(twice.headers.count("authorization"), 1U);
  EXPECT_FALSE(twice.headers.contains("x-amz-security-token"));
}

TEST(SigV4, RefusesABodyThatItCannotDigest) {
  ClientRequest request("PUT", url_of("h", "/"));
  request.producer = [](BodySink&) -> Task<void> { co_return; };
  const Result<> refused = sign(request, with_secret("s"), kScope, kThen);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "cannot_sign");
  EXPECT_FALSE(request.headers.contains("authorization"));
  SigningOptions options = SigningOptions::s3();
  options.unsigned_payload = true;
  ASSERT_TRUE(sign(request, with_secret("s"), kScope, kThen, options));
  EXPECT_EQ(request.headers.value("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
}

TEST(AwsCredentials, PrintNoSecret) {
  std::ostringstream out;
  AwsCredentials credentials = with_secret("hidden");
  credentials.session_token = "hidden";
  out << credentials;
  credentials.access_key_id = "a";
  out << ' ' << credentials;
  EXPECT_EQ(out.str(), "AwsCredentials(key id ending MPLE) AwsCredentials(key id ending a)");
}

}  // namespace
}  // namespace lift
