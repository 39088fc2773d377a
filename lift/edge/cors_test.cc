#include "lift/edge/cors.h"

#include <gtest/gtest.h>

#include <string>

#include "lift/base/random.h"

namespace lift {
namespace {

constexpr std::string_view kApp = "https://app.example.com";

CorsOptions for_origins(std::vector<std::string> origins, bool credentials = false) {
  CorsOptions options;
  options.origins = std::move(origins);
  options.credentials = credentials;
  return options;
}

Request from(std::string_view origin, Method method = Method::get) {
  Request request;
  request.method = method;
  if (!origin.empty()) request.headers.add("origin", origin);
  return request;
}

Request preflight(std::string_view origin) {
  Request request = from(origin, Method::options);
  request.headers.add("access-control-request-method", "PUT");
  return request;
}

Headers answered(const CorsOptions& options, const Request& request) {
  Headers headers;
  Cors(options).apply(request, headers);
  return headers;
}

TEST(CorsOptions, SayEverythingThatIsWrong) {
  const struct {
    CorsOptions options;
    std::string_view problem;
  } cases[] = {
      {for_origins({}), "origins: value \"0 origins\" must be 1 to 256 origins"},
      {for_origins({"*"}, true), "origins: value \"*\" must not be combined with `credentials`"},
      {for_origins({"*", std::string(kApp)}),
       "origins: value \"*\" must stand alone if it is there"},
      {for_origins({std::string(kApp), std::string(kApp)}),
       "origins: value \"https://app.example.com, https://app.example.com\" must hold no origin "
       "twice"},
      {{.origins = {"*"}, .methods = {}}, "methods: value \"\" must hold at least one method"},
      {{.origins = {"https://a"}, .headers = {"a b"}},
       "headers: value \"a b\" must be a header's name of 1 to 128 characters"},
      {{.origins = {"https://a"}, .headers = {"*"}, .credentials = true},
       "headers: value \"*\" must not be combined with `credentials`"},
      {{.origins = {"https://a"}, .exposed = {"*"}, .credentials = true},
       "exposed: value \"*\" must not be combined with `credentials`"},
      {{.origins = {"https://a"}, .exposed = std::vector<std::string>(65, "x")},
       "exposed: value \"65 names\" must be at most 64 names"},
      {{.origins = {"https://a"}, .max_age = std::chrono::seconds(-1)},
       "max_age: value \"-1s\" must be from 0 to 24 h"},
      {{.origins = {"https://a"}, .max_age = std::chrono::hours(25)},
       "max_age: value \"90000s\" must be from 0 to 24 h"},
  };
  for (const auto& c : cases) EXPECT_EQ(c.options.validate().text(), c.problem);
}

TEST(CorsOptions, OriginsAreWrittenAsBrowsersSendThem) {
  for (const std::string origin :
       {"https://app.example.com", "http://localhost:8080", "http://127.0.0.1:3000",
        "https://[::1]:8443", "chrome-extension://abcdef", "https://xn--bcher-kva.example",
        "http://a:443", "null", "*"}) {
    EXPECT_EQ(for_origins({origin}).validate().text(), "") << origin;
  }
  for (const std::string origin : {"",
                                   "https://",
                                   "app.example.com",
                                   "https://App.example.com",
                                   "HTTPS://app.example.com",
                                   "https://app.example.com/",
                                   "https://app.example.com/x",
                                   "https://a:443",
                                   "http://a:80",
                                   "http://a:",
                                   "http://a:0",
                                   "http://a:080",
                                   "http://a:65536",
                                   "http://a:x",
                                   "https://*.example.com",
                                   "https://u@a",
                                   "https://a b",
                                   "https://a?x",
                                   "NULL",
                                   "://a",
                                   "https://[::1",
                                   "https://a\r\nx: y"}) {
    EXPECT_FALSE(for_origins({origin}).validate().empty()) << origin;
  }
}

TEST(Cors, AListedOriginMayReadAndOthersMayNot) {
  const CorsOptions options = for_origins({std::string(kApp), "http://localhost:8080"});
  const Headers yes = answered(options, from(kApp));
  EXPECT_EQ(yes.value("access-control-allow-origin"), kApp);
  EXPECT_EQ(yes.value("access-control-expose-headers"), "x-request-id");
  EXPECT_EQ(yes.value("vary"), "Origin");
  EXPECT_FALSE(yes.contains("access-control-allow-credentials"));
  for (const std::string_view origin :
       {"", "null", "*", "https://app.example.com.evil.com", "https://evil.com",
        "http://app.example.com", "https://app.example.com:444", "https://APP.example.com",
        "https://app.example.co"}) {
    const Headers no = answered(options, from(origin));
    EXPECT_EQ(no.size(), 1U) << origin;
    EXPECT_EQ(no.value("vary"), "Origin") << origin;
  }
}

TEST(Cors, NullMatchesOnlyWhereListed) {
  EXPECT_EQ(answered(for_origins({"null"}), from("null")).value("access-control-allow-origin"),
            "null");
  EXPECT_FALSE(answered(for_origins({std::string(kApp)}), from("null"))
                   .contains("access-control-allow-origin"));
}

TEST(Cors, EveryOriginMeansAStarThatVariesByNothing) {
  const Headers headers = answered(for_origins({"*"}), from("https://any.example"));
  EXPECT_EQ(headers.value("access-control-allow-origin"), "*");
  EXPECT_FALSE(headers.contains("vary"));
  EXPECT_FALSE(headers.contains("access-control-allow-credentials"));
}

TEST(Cors, CredentialsGoWithTheOriginItself) {
  const Headers headers = answered(for_origins({std::string(kApp)}, true), from(kApp));
  EXPECT_EQ(headers.value("access-control-allow-origin"), kApp);
  EXPECT_EQ(headers.value("access-control-allow-credentials"), "true");
}

TEST(Cors, WhatAHandlerSaidIsReplacedAndItsVaryKept) {
  Headers headers;
  headers.add("Access-Control-Allow-Origin", "*");
  headers.add("vary", "accept-encoding");
  headers.add("access-control-allow-credentials", "true");
  headers.add("access-control-allow-origin", "https://evil.com");
  headers.add("content-type", "text/plain");
  Cors(for_origins({std::string(kApp)})).apply(from(kApp), headers);
  EXPECT_EQ(headers.count("access-control-allow-origin"), 1U);
  EXPECT_EQ(headers.value("access-control-allow-origin"), kApp);
  EXPECT_FALSE(headers.contains("access-control-allow-credentials"));
  EXPECT_EQ(headers.count("vary"), 2U);
  EXPECT_EQ(headers.value("content-type"), "text/plain");
}

TEST(Cors, TwoOriginsInOneRequestAreNone) {
  Request request = from(kApp);
  request.headers.add("origin", kApp);
  EXPECT_FALSE(
      answered(for_origins({std::string(kApp)}), request).contains("access-control-allow-origin"));
}

TEST(CorsPreflight, IsOptionsWithBothHeaders) {
  EXPECT_TRUE(Cors::is_preflight(preflight(kApp)));
  EXPECT_FALSE(Cors::is_preflight(preflight("")));
  EXPECT_FALSE(Cors::is_preflight(from(kApp, Method::options)));
  Request get = preflight(kApp);
  get.method = Method::get;
  EXPECT_FALSE(Cors::is_preflight(get));
}

TEST(CorsPreflight, TellsAListedOriginWhatItMayDo) {
  const Response response =
      Cors(for_origins({std::string(kApp)}, true)).answer_preflight(preflight(kApp));
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.value("access-control-allow-origin"), kApp);
  EXPECT_EQ(response.headers.value("access-control-allow-credentials"), "true");
  EXPECT_EQ(response.headers.value("access-control-allow-methods"),
            "GET, HEAD, POST, PUT, PATCH, DELETE");
  EXPECT_EQ(response.headers.value("access-control-allow-headers"),
            "authorization, content-type, idempotency-key, x-request-id");
  EXPECT_EQ(response.headers.value("access-control-max-age"), "600");
  EXPECT_EQ(response.headers.value("vary"), "Origin");
}

TEST(CorsPreflight, TellsOthersNothing) {
  const Response response =
      Cors(for_origins({std::string(kApp)})).answer_preflight(preflight("https://evil.com"));
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers.value("vary"), "Origin");
}

TEST(Cors, NoRequestEverGetsAStarWithCredentials) {
  SeededRandom random(11);
  const std::vector<std::string> pool = {"*", "null", std::string(kApp), "http://localhost:1",
                                         "https://b"};
  for (int i = 0; i < 2000; ++i) {
    CorsOptions options = for_origins({}, random.below(2) == 0);
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      options.origins.push_back(pool[random.below(5)]);
    if (!options.validate().empty()) continue;
    const std::string& origin = pool[random.below(5)];
    const Headers plain = answered(options, from(origin));
    const Response flight = Cors(options).answer_preflight(preflight(origin));
    for (const Headers* headers : {&plain, &flight.headers}) {
      const auto allowed = headers->get("access-control-allow-origin");
      if (!allowed) continue;
      EXPECT_TRUE(*allowed == origin || (*allowed == "*" && !options.credentials));
      EXPECT_TRUE(*allowed != "*" || !headers->contains("access-control-allow-credentials"));
    }
  }
}

}  // namespace
}  // namespace lift
