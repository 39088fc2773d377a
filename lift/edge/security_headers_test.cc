#include "lift/edge/security_headers.h"

#include <gtest/gtest.h>

#include <string>

namespace lift {
namespace {

TEST(SecurityHeaders, DefaultsAreThoseOfADataService) {
  Headers headers;
  SecurityHeaders(SecurityHeaderOptions{}).apply(headers, /*secure=*/false);
  EXPECT_EQ(headers.size(), 5U);
  EXPECT_EQ(headers.value("x-content-type-options"), "nosniff");
  EXPECT_EQ(headers.value("x-frame-options"), "DENY");
  EXPECT_EQ(headers.value("referrer-policy"), "no-referrer");
  EXPECT_EQ(headers.value("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(headers.value("cache-control"), "no-store");
}

TEST(SecurityHeaders, InsistOnTlsOnlyWhereThereIsTls) {
  SecurityHeaderOptions options;
  const auto hsts = [&] {
    Headers headers;
    SecurityHeaders(options).apply(headers, /*secure=*/true);
    return std::string(headers.value("strict-transport-security"));
  };
  EXPECT_EQ(hsts(), "max-age=31536000");
  options.hsts_include_subdomains = true;
  EXPECT_EQ(hsts(), "max-age=31536000; includeSubDomains");
  options.hsts_max_age = std::chrono::seconds(0);
  options.hsts_include_subdomains = false;
  EXPECT_EQ(hsts(), "max-age=0");
  options.hsts_max_age.reset();
  EXPECT_EQ(hsts(), "");
}

TEST(SecurityHeaders, NeverOverrideWhatTheHandlerSaid) {
  Headers headers;
  headers.add("Cache-Control", "public, max-age=60");
  headers.add("content-type", "text/plain");
  headers.add("X-Frame-Options", "SAMEORIGIN");
  SecurityHeaders(SecurityHeaderOptions{}).apply(headers, /*secure=*/false);
  EXPECT_EQ(headers.count("cache-control"), 1U);
  EXPECT_EQ(headers.value("cache-control"), "public, max-age=60");
  EXPECT_EQ(headers.value("x-frame-options"), "SAMEORIGIN");
  EXPECT_EQ(headers.value("x-content-type-options"), "nosniff");
  EXPECT_EQ(headers.size(), 6U);
}

TEST(SecurityHeaders, AbsentOnesAreLeftOut) {
  SecurityHeaderOptions options;
  options.cache_control.reset();
  options.x_frame_options.reset();
  Headers headers;
  SecurityHeaders(options).apply(headers, /*secure=*/false);
  EXPECT_EQ(headers.size(), 3U);
  EXPECT_FALSE(headers.contains("cache-control"));
}

TEST(SecurityHeaders, BadValuesAreAllReported) {
  SecurityHeaderOptions options;
  options.x_content_type_options = "";
  options.referrer_policy = " no-referrer";
  options.content_security_policy = "default-src 'none'\r\nset-cookie: a=b";
  options.cache_control = std::string(1025, 'x');
  options.hsts_max_age = std::chrono::seconds(-1);
  const Problems problems = options.validate();
  ASSERT_EQ(problems.list().size(), 5U) << problems.text();
  EXPECT_EQ(problems.list()[0].field, "x_content_type_options");
  EXPECT_EQ(problems.list()[1].field, "referrer_policy");
  EXPECT_EQ(problems.list()[2].field, "content_security_policy");
  EXPECT_EQ(problems.list()[3].field, "cache_control");
  EXPECT_EQ(problems.list()[4].field, "hsts_max_age");
  EXPECT_TRUE(SecurityHeaderOptions{}.validate().empty());
}

}  // namespace
}  // namespace lift
