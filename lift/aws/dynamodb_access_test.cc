#include "lift/aws/dynamodb_access.h"

#include <gtest/gtest.h>

#include "lift/aws/aws_fixture_test.h"
#include "lift/net/loop_thread.h"

namespace lift {
namespace {

class DynamoDbAccessTest : public testing::Test {
 protected:
  DynamoDbAccessTest() { EXPECT_TRUE(thread_.start().has_value()); }
  /// The region, or the error's code.
  std::string make(const DynamoDbAccessOptions& options) {
    return *thread_.run_sync([&] {
      const auto made = DynamoDbAccess::make(thread_.loop(), fake_.environment, options);
      return made ? (*made)->region() : made.error().code;
    });
  }

  LoopThread thread_{"access"};
  test::FakeEnvironment fake_;
};

TEST_F(DynamoDbAccessTest, FindsItsRegionAndEndpoint) {
  EXPECT_EQ(make({}), "no_region");
  EXPECT_EQ(make({.region = "eu-west-1"}), "eu-west-1");
  EXPECT_EQ(make({.region = "EU"}), "bad_region");
  EXPECT_EQ(make({.endpoint = "http://127.0.0.1:8000", .region = "EU/"}), "bad_region");
  EXPECT_EQ(make({.endpoint = "127.0.0.1:8000", .region = "eu-west-1"}), "bad_url");
  fake_.variables["AWS_REGION"] = "us-east-2";
  EXPECT_EQ(make({}), "us-east-2");
  fake_.variables["AWS_ENDPOINT_URL_DYNAMODB"] = "nowhere";
  EXPECT_EQ(make({}), "bad_url");
  EXPECT_EQ(make({.endpoint = "http://127.0.0.1:8000"}), "us-east-2") << "the option wins";
  EXPECT_EQ(make({.client = {.timeout = Duration(0)}}), "bad_configuration");
}

}  // namespace
}  // namespace lift
