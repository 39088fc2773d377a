// Free text and queries.
#include <gtest/gtest.h>

#include <string>

#include "lift/base/random.h"
#include "lift/telemetry/redaction.h"

namespace lift {
namespace {

const Redactor& standard() {
  static const auto redactor = Redactor::make().value();
  return *redactor;
}
std::string text(std::string_view in) {
  std::string out;
  standard().append_redacted_text(out, in);
  return out;
}
std::string query(std::string_view in) {
  std::string out;
  standard().append_redacted_query(out, in);
  return out;
}

struct Case {
  std::string_view in;
  std::string_view out;
};

// In the original a message is written as it is.
TEST(Regression, D_SAN_cards_and_credentials_in_messages_are_hidden) {
  const Case cases[] = {
      {"charged 4111111111111111", "charged ************1111"},
      {"4111111111111111", "************1111"},
      {"4111 1111 1111 1111 declined", "************1111 declined"},
      {"(4111-1111-1111-1111)", "(************1111)"},
      {"378282246310005", "************0005"},
      {"3782 822463 10005", "************0005"},
      {"5555555555554444,6011111111111117", "************4444,************1117"},
      {"4222222222222", "************2222"},
      {"pan:4111111111111111;", "pan:************1111;"},
      {"card4111111111111111x", "card************1111x"},
      {"order 12 4111 1111 1111 1111 12", "order 12 ************1111 12"},
      {"4111 1111 1111 1111 5555 5555 5555 4444", "************1111 ************4444"},
      {"Authorization: Bearer abc.def", "Authorization: [REDACTED]"},
      {"authorization: Basic dXNlcjpwYXNz\nAccept: */*", "authorization: [REDACTED]\nAccept: */*"},
      {"authorization=Bearer abc", "authorization=[REDACTED]"},
      {"Cookie: a=b; c=d\r\n", "Cookie: [REDACTED]\r\n"},
      {"sent Bearer eyJhbGciOi.J9.x-y_z to them", "sent Bearer [REDACTED] to them"},
      {"bearer  abcdefgh1", "bearer  [REDACTED]"},
      {"Basic dXNlcjpwYXNz", "Basic [REDACTED]"},
      {"login password=hunter2 failed", "login password=[REDACTED] failed"},
      {"password=\"hunter two\" x", "password=\"[REDACTED]\" x"},
      {"password: hunter2hunter2", "password: [REDACTED]"},
      {R"({"password": "hun\"ter", "a": 1})", R"({"password": "[REDACTED]", "a": 1})"},
      {R"({"pin":1234,"email":"a@b.c","ok":true})",
       R"({"pin":[REDACTED],"email":"[REDACTED]","ok":true})"},
      {"{'token': 'abc'}", "{'token': '[REDACTED]'}"},
      {"\"secret\":\"never closed", "\"secret\":\"[REDACTED]"},
      {"client_secret=abc&x=1", "client_secret=[REDACTED]&x=1"},
      {"\"secret\":\"ends in \\", "\"secret\":\"[REDACTED]"},
  };
  for (const Case& c : cases) EXPECT_EQ(text(c.in), c.out) << c.in;
}

TEST(Regression, D_SAN_numbers_that_are_no_cards_stay_in_messages) {
  for (const std::string_view in :
       {"", "at 1700000000123", "1700000000123456", "1700000000123456789", "id 123456789",
        "4111111111111112", "4111 1111 1111 111", "41111111111111111111", "+4222222222222",
        "took 0.4111111111111111 s", "2024-01-01 12:00:00", "1-5759e988-bd862e3fe1be46a994272793",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "0000000000000000",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4111 1111-1111 1111", "9999999999999995",
        "550e8400-e29b-41d4-a716-446655440000", "10.0.0.1:8080"}) {
    EXPECT_EQ(text(in), in);
  }
}

TEST(RedactText, ProseAboutSecretsStays) {
  for (const std::string_view in :
       {"bearer token is missing", "basic authentication failed", "Bearer authorization required",
        "invalid token: unexpected end", "password: required", "tokenizer=fast",
        "token_type=Bearer", "shipping_status=sent", "a secret of 8 bytes", "password",
        "password=", "password:", "Bearer", "Bearer ", "cookie",
        "Authorization:", "name=bob address=10.0.0.1:80", "author: someone12345"}) {
    EXPECT_EQ(text(in), in);
  }
}

TEST(RedactText, GoesOnWhereItEnded) {
  std::string out = "before ";
  standard().append_redacted_text(out, "4111111111111111");
  EXPECT_EQ(out, "before ************1111");
}

TEST(RedactText, TakesTimeInProportionToItsInput) {
  // Each of these would take minutes if anything were read again and again.
  for (const std::string_view piece :
       {"4111 ", "token:", "token: ", "bearer ", "password=", "a:", "\"token\":\"", "4",
        "cookie:", "token:'", "411-", "basic"}) {
    std::string in;
    while (in.size() < 500'000) in += piece;
    EXPECT_LE(text(in).size(), 10 * in.size()) << piece;
  }
}

TEST(RedactText, NoCardIsSeenWhateverStandsAroundIt) {
  SeededRandom random(77);
  constexpr std::string_view kPieces[] = {
      "password", "token",   "=",       ":",      "\"", "'", " ", "4111111111111111",
      "-",        "Bearer ", "x9Y8z7w", "Cookie", "\n", "{", "}", "email",
      "\\",       "&",       "abc"};
  for (int i = 0; i < 20'000; ++i) {
    std::string in;
    for (std::uint64_t n = random.below(12); n > 0; --n)
      in += kPieces[random.below(std::size(kPieces))];
    const std::string shown = text(in);
    if (in.contains("41111111111111114")) continue;  // two run together are none
    ASSERT_FALSE(shown.contains("4111111111111111")) << in;
    ASSERT_LE(shown.size(), 10 * in.size());
  }
}

TEST(RedactQuery, HidesValuesAndKeepsNames) {
  const Case cases[] = {
      {"", ""},
      {"a=1&b=2", "a=1&b=2"},
      {"password=x&a=1", "password=REDACTED&a=1"},
      {"a=1&user%5Fpassword=x", "a=1&user%5Fpassword=REDACTED"},
      {"pass%77ord=x", "pass%77ord=REDACTED"},
      {"user+email=x", "user+email=REDACTED"},
      {"user[password]=x", "user[password]=REDACTED"},
      {"X-Amz-Signature=x&X-Amz-Credential=y&X-Amz-Security-Token=z&X-Amz-Date=d",
       "X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&"
       "X-Amz-Date=d"},
      {"AWSAccessKeyId=x&Signature=y&sig=z&X-Goog-Signature=w",
       "AWSAccessKeyId=REDACTED&Signature=REDACTED&sig=REDACTED&X-Goog-Signature=REDACTED"},
      {"x-amz-signature=x", "x-amz-signature=REDACTED"},
      {"token=", "token="},
      {"token", "token"},
      {"&&=&a&=b", "&&=&a&=b"},
      {"a=b=c&token=d=e", "a=b=c&token=REDACTED"},
      {"q=4111111111111111", "q=REDACTED"},
      {"q=4111+1111+1111+1111", "q=REDACTED"},
      {"q=4111%201111%201111%201111", "q=REDACTED"},
      {"q=Bearer%20abcdefgh1", "q=REDACTED"},
      {"4111111111111111", "REDACTED"},
      {"4111111111111111=1", "REDACTED=1"},
      {"a=%zz&b=%", "a=%zz&b=%"},
      {"%zz=1&pin=%", "%zz=1&pin=REDACTED"},
      {"page=2&shipping_status=sent&time=1700000000123",
       "page=2&shipping_status=sent&time=1700000000123"},
  };
  for (const Case& c : cases) EXPECT_EQ(query(c.in), c.out) << c.in;
}

TEST(RedactQuery, SignedUrlsStayHiddenWhateverIsAllowed) {
  const auto open = Redactor::make({.also = {}, .never = {"signature", "token", "sig"}}).value();
  std::string out;
  open->append_redacted_query(out, "Signature=x&sig=y&token=z");
  EXPECT_EQ(out, "Signature=REDACTED&sig=REDACTED&token=z");
}

}  // namespace
}  // namespace lift
