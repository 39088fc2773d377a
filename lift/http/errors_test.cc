#include "lift/http/errors.h"

#include <gtest/gtest.h>

#include <string>

namespace lift {
namespace {

TEST(HttpError, RendersTheProblemDocument) {
  const Response r = not_found("no such payment").because("row 17 of shard 3").response("req-1");
  EXPECT_EQ(r.status, 404);
  EXPECT_EQ(r.headers.get("content-type"), "application/problem+json");
  EXPECT_EQ(r.body.bytes(),
            R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no such payment",)"
            R"("code":"NOT_FOUND","message":"no such payment","error":"Not Found",)"
            R"("request_id":"req-1"})");
}

TEST(HttpError, ListsEveryViolation) {
  const HttpError error = validation_error("2 fields are wrong")
                              .detail("/items/0/amount", "out_of_range", "must be at least 1")
                              .detail("/no\"te", "too_long", "must be at most 200 characters");
  EXPECT_EQ(
      error.response("").body.bytes(),
      R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
      R"("detail":"2 fields are wrong","code":"VALIDATION_ERROR",)"
      R"("message":"2 fields are wrong","error":"Unprocessable Content","details":[)"
      R"({"pointer":"/items/0/amount","code":"out_of_range","message":"must be at least 1"},)"
      R"({"pointer":"/no\"te","code":"too_long","message":"must be at most 200 characters"}]})");
  const HttpError replaced =
      validation_error("x").detail("/a", "b", "c").details({{"/d", "e", "f"}});
  ASSERT_EQ(replaced.violations().size(), 1U);
  EXPECT_EQ(replaced.violations()[0].pointer, "/d");
}

TEST(HttpError, TheCauseIsKeptAndNeverSent) {
  const HttpError error =
      system_error("something broke").because("password=hunter2 at db.internal");
  EXPECT_EQ(error.cause(), "password=hunter2 at db.internal");
  EXPECT_STREQ(error.what(), "something broke");
  const Response r = error.response("id");
  EXPECT_EQ(r.body.bytes().find("hunter2"), std::string_view::npos);
  for (std::size_t i = 0; i < r.headers.size(); ++i) {
    EXPECT_EQ(r.headers[i].value.find("hunter2"), std::string_view::npos);
  }
}

TEST(HttpError, StandardErrorsHaveTheirStatusAndCode) {
  struct Case {
    HttpError error;
    int status;
    std::string_view code;
  };
  const Case cases[] = {
      {parameter_error("m"), 400, "PARAMETER_ERROR"},
      {unauthorized("m"), 401, "UNAUTHORIZED"},
      {authorization_error("m"), 403, "AUTHORIZATION_ERROR"},
      {not_found("m"), 404, "NOT_FOUND"},
      {conflict("m"), 409, "CONFLICT"},
      {validation_error("m"), 422, "VALIDATION_ERROR"},
      {system_error("m"), 500, "SYSTEM_ERROR"},
      {network_error("m"), 500, "NETWORK_ERROR"},
      {processing_error("m"), 500, "PROCESSING_ERROR"},
      {tokenization_failure("m"), 500, "TOKENIZATION_FAILURE"},
  };
  for (const auto& [error, status, code] : cases) {
    EXPECT_EQ(error.status(), status);
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.message(), "m");
    EXPECT_EQ(error.response("").status, status);
  }
}

TEST(HttpError, EveryUnauthorizedCarriesAChallenge) {
  EXPECT_EQ(unauthorized("m").response("").headers.get("www-authenticate"), "Bearer");
  EXPECT_EQ(HttpError(401, "MISSING_TOKEN", "m").response("").headers.count("www-authenticate"),
            1U);
  const Response own = unauthorized("m").header("WWW-Authenticate", "Basic").response("");
  EXPECT_EQ(own.headers.count("www-authenticate"), 1U);
  EXPECT_EQ(own.headers.get("www-authenticate"), "Basic");
  EXPECT_FALSE(authorization_error("m").response("").headers.contains("www-authenticate"));
}

TEST(HttpError, HeadersOfTheAnswer) {
  const Response r = HttpError(429, "RATE_LIMITED", "slow down")
                         .header("retry-after", "3")
                         .header("content-type", "text/html")
                         .response("");
  EXPECT_EQ(r.headers.get("retry-after"), "3");
  EXPECT_EQ(r.headers.get("content-type"), "application/problem+json");
  EXPECT_EQ(r.headers.count("content-type"), 1U);
}

TEST(HttpError, AStatusThatIsNoErrorIsOurError) {
  for (const int status : {0, -1, 200, 302, 399, 600, 1000}) {
    EXPECT_EQ(HttpError(status, "X", "m").status(), 500) << status;
  }
  EXPECT_EQ(HttpError(400, "X", "m").status(), 400);
  EXPECT_EQ(HttpError(599, "X", "m").status(), 599);
}

TEST(HttpError, TheMessageCannotBreakTheDocument) {
  const Response r = parameter_error("a\"\n\xff").response("id\"");
  EXPECT_NE(r.body.bytes().find(R"("detail":"a\"\n)"
                                "\xef\xbf\xbd\""),
            std::string_view::npos);
  EXPECT_NE(r.body.bytes().find(R"("request_id":"id\"")"), std::string_view::npos);
}

TEST(HttpError, IsThrownAndCaughtWhole) {
  try {
    throw not_found("gone").because("deleted").header("x-a", "b");
  } catch (const HttpError& error) {
    EXPECT_EQ(error.cause(), "deleted");
    EXPECT_EQ(error.response("").headers.get("x-a"), "b");
  }
}

}  // namespace
}  // namespace lift
