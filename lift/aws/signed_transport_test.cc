#include "lift/aws/signed_transport.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "lift/aws/aws_fixture_test.h"
#include "lift/aws/detail/aws_time.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::AwsTest;

const SigningScope kScope{.region = "eu-west-1", .service = "logs"};

class SignedTransportTest : public AwsTest {
 protected:
  /// The service's clock is that far from ours; it refuses more than five minutes.
  void expect_date(Duration ahead, int status, std::string refusal) {
    const auto answer = [=, this](const ClientRequest& request) {
      ClientResponse response;
      const WallTime theirs = world_.loop().clock().wall() + ahead;
      const bool right = request.headers.value("x-amz-date") == date_ok_;
      response.status = right ? 200 : status;
      response.body = right ? "" : refusal;
      response.headers.set("date", http_date(theirs));
      return response;
    };
    transport_.on("POST https://h/", answer);
  }
  static std::string http_date(WallTime time) {
    const auto at = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    char text[64];
    struct tm utc{};
    ::gmtime_r(&at, &utc);
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
  }
  /// x-amz-date of a service's clock so far from ours.
  std::string test_date(Duration ahead) {
    return detail::amz_date(world_.loop().clock().wall() + ahead);
  }
  Result<ClientResponse> send(SignedTransport& signed_transport) {
    Task<Result<ClientResponse>> task = signed_transport.send(request_);
    EXPECT_TRUE(task.done());
    return task.take();
  }
  FixedCredentials keys_{
      {.access_key_id = "AK", .secret_access_key = "canary", .session_token = "T", .expires = {}}};
  ClientRequest request_{"POST", Url::parse("https://h/").value()};
  std::string date_ok_ = "20260101T001640Z";
  SignedTransport signed_{transport_, keys_, kScope};
};

TEST_F(SignedTransportTest, SignsAtTheLoopsTime) {
  expect_date(0s, 403, "canary");
  EXPECT_EQ(send(signed_)->status, 200);
  ASSERT_EQ(transport_.headers.size(), 1U);
  EXPECT_TRUE(
      transport_.headers[0]
          .value("authorization")
          .starts_with("AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/logs/aws4_request, "
                       "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature="));
  EXPECT_EQ(transport_.headers[0].value("x-amz-security-token"), "T");
}

TEST_F(SignedTransportTest, CorrectsItsClockOnceAndKeepsIt) {
  for (const int status : {400, 403}) {
    for (const Duration ahead : {Duration(10min), Duration(-48h), Duration(241s)}) {
      SignedTransport signed_transport(transport_, keys_, kScope);
      expect_date(ahead, status, "");
      date_ok_ = test_date(ahead);
      transport_.seen.clear();
      EXPECT_EQ(send(signed_transport)->status, 200);
      EXPECT_EQ(transport_.seen.size(), 2U);
      EXPECT_EQ(signed_transport.clock_offset(), ahead);
      EXPECT_EQ(send(signed_transport)->status, 200);
      EXPECT_EQ(transport_.seen.size(), 3U);
      EXPECT_EQ(signed_transport.clock_corrections(), 1U);
    }
  }
}

TEST_F(SignedTransportTest, BelievesAServiceThatSaysSo) {
  expect_date(1min, 403, "{\"__type\":\"RequestTimeTooSkewed\"}");
  date_ok_ = test_date(1min);
  EXPECT_EQ(send(signed_)->status, 200);
  EXPECT_EQ(transport_.seen.size(), 2U);
}

TEST_F(SignedTransportTest, ReturnsOtherRefusalsAsTheyAre) {
  date_ok_ = "never";
  expect_date(4min, 403, "denied");
  EXPECT_EQ(send(signed_)->body, "denied");
  expect_date(10min, 429, "slow down");
  EXPECT_EQ(send(signed_)->body, "slow down");
  transport_.on("POST https://h/", 403, "no date");
  EXPECT_EQ(send(signed_)->body, "no date");
  EXPECT_EQ(transport_.seen.size(), 3U);
  EXPECT_EQ(signed_.clock_corrections(), 0U);
}

TEST_F(SignedTransportTest, SendsAtMostTwice) {
  date_ok_ = "never";
  expect_date(10min, 403, "RequestTimeTooSkewed");
  EXPECT_EQ(send(signed_)->status, 403);
  EXPECT_EQ(transport_.seen.size(), 2U);
}

TEST_F(SignedTransportTest, SendsNoProducedBodyTwice) {
  SigningOptions options = SigningOptions::s3();
  options.unsigned_payload = true;
  SignedTransport signed_transport(transport_, keys_, kScope, options);
  request_.producer = [](BodySink&) -> Task<void> { co_return; };
  expect_date(10min, 403, "");
  date_ok_ = test_date(10min);
  EXPECT_EQ(send(signed_transport)->status, 403);
  EXPECT_EQ(transport_.seen.size(), 1U);
  EXPECT_EQ(send(signed_transport)->status, 200);
}

TEST_F(SignedTransportTest, SendsNothingItCannotSign) {
  EnvironmentCredentials none(fake_.environment);
  SignedTransport without(transport_, none, kScope);
  const Result<ClientResponse> refused = send(without);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "no_credentials");
  EXPECT_EQ(refused.error().message, "AWS_ACCESS_KEY_ID is not set");
  request_.producer = [](BodySink&) -> Task<void> { co_return; };
  EXPECT_EQ(send(signed_).error().code, "cannot_sign");
  EXPECT_TRUE(transport_.seen.empty());
}

TEST_F(SignedTransportTest, PassesOnTheTransportsErrors) {
  transport_.on("POST https://h/", [](const ClientRequest&) -> Result<ClientResponse> {
    return fail("connect_failed", "h");
  });
  EXPECT_EQ(send(signed_).error().code, "connect_failed");
}

}  // namespace
}  // namespace lift
