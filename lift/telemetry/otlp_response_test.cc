#include "lift/telemetry/otlp_response.h"

#include <gtest/gtest.h>

#include <string>

#include "lift/telemetry/protobuf_writer.h"

namespace lift {
namespace {

std::string response(std::int64_t rejected, std::string_view message) {
  std::string out;
  ProtobufWriter writer(out);
  writer.fixed64_field(7, 1);
  const std::size_t partial = writer.begin(1);
  writer.int_field(1, rejected);
  writer.bytes_field(9, "later");
  writer.bytes_field(2, message);
  writer.fixed32_field(8, 1);
  writer.end(partial);
  return out;
}

TEST(OtlpResponse, NothingSaidIsAllTaken) {
  const auto success = parse_otlp_response("");
  ASSERT_TRUE(success);
  EXPECT_EQ(success->rejected, 0U);
  EXPECT_EQ(success->message, "");
}

TEST(OtlpResponse, TellsHowManyWereRefusedAndWhy) {
  const auto success = parse_otlp_response(response(7, "too old"));
  ASSERT_TRUE(success);
  EXPECT_EQ(success->rejected, 7U);
  EXPECT_EQ(success->message, "too old");
}

TEST(OtlpResponse, TakesNothingOnTrust) {
  const auto success = parse_otlp_response(response(-1, std::string(2000, '\xff')));
  ASSERT_TRUE(success);
  EXPECT_EQ(success->rejected, 0U);
  EXPECT_EQ(success->message.size(), 1023U);
}

TEST(OtlpResponse, EveryBeginningOfAMessageIsReadOrRefused) {
  const std::string whole = response(300, "why");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto success = parse_otlp_response(std::string_view(whole).substr(0, size));
    EXPECT_EQ(success.has_value(), size == 0 || size == 9) << size;
  }
}

TEST(OtlpResponse, WhatIsNoMessageIsRefused) {
  for (const std::string_view bad :
       {std::string_view("<html>"), std::string_view("\x00", 1), std::string_view("\x0b"),
        std::string_view("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        std::string_view("\x0a\x02\x08\x80")}) {
    const auto success = parse_otlp_response(bad);
    ASSERT_FALSE(success);
    EXPECT_EQ(success.error().code, "bad_otlp_response");
  }
}

}  // namespace
}  // namespace lift
