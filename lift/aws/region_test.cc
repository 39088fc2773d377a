#include "lift/aws/region.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lift/aws/aws_fixture_test.h"
#include "tests/support/scratch_folder.h"

namespace lift {
namespace {

using Variables = std::map<std::string, std::string>;

std::string region(const Variables& variables, const std::string& config = "") {
  test::FakeEnvironment fake;
  fake.variables = variables;
  if (!config.empty()) fake.files = {{"/h/.aws/config", config}};
  const Result<std::string> found = aws_region(fake.environment);
  return found ? *found : found.error().code + ": " + found.error().message;
}

TEST(AwsRegion, IsLookedForInOrder) {
  const std::string config = "[default]\nregion = eu-central-1\n[profile b]\nregion=cn-north-1\n";
  EXPECT_EQ(region({{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "us-east-1"}}),
            "eu-west-1");
  EXPECT_EQ(region({{"AWS_DEFAULT_REGION", "us-east-1"}, {"HOME", "/h"}}, config), "us-east-1");
  EXPECT_EQ(region({{"HOME", "/h"}}, config), "eu-central-1");
  EXPECT_EQ(region({{"HOME", "/h"}, {"AWS_PROFILE", "b"}}, config), "cn-north-1");
}

TEST(AwsRegion, SaysWhatIsMissingOrWrong) {
  const std::string rule = " must be a region such as eu-west-1: 1 to 63 of a-z, 0-9 and '-'";
  const std::string missing =
      "no_region: no AWS region is set: neither AWS_REGION nor AWS_DEFAULT_REGION, nor `region` of "
      "profile ";
  EXPECT_EQ(region({}), missing + "default in ~/.aws/config");
  EXPECT_EQ(region({{"HOME", "/h"}}), missing + "default in /h/.aws/config");
  EXPECT_EQ(region({{"HOME", "/h"}, {"AWS_PROFILE", "b"}}, "[default]\nregion=x\n"),
            missing + "b in /h/.aws/config");
  EXPECT_EQ(region({{"HOME", "/h"}}, "region=x\n"),
            "bad_profile_file: /h/.aws/config: line 1 stands before the first [section]");
  EXPECT_EQ(region({{"HOME", "/h"}}, "[default]\nregion=EU\n"),
            "bad_region: `region` of profile default" + rule);
  for (const std::string_view bad :
       {"EU-WEST-1", "eu-west-1.evil.com", "eu west", "-eu", "eu-", "evil.com/", "eu_west"}) {
    EXPECT_EQ(region({{"AWS_REGION", std::string(bad)}}), "bad_region: AWS_REGION" + rule) << bad;
  }
}

std::string endpoint(const Variables& variables, AwsService service, std::string_view region) {
  test::FakeEnvironment fake;
  fake.variables = variables;
  const Result<Url> url = aws_endpoint(fake.environment, service, region);
  if (!url) return url.error().code + ": " + url.error().message;
  return url->scheme + "://" + url->authority() + url->target;
}

TEST(AwsEndpoint, IsThatOfTheRegionUnlessReplaced) {
  EXPECT_EQ(endpoint({}, kAwsLogs, "eu-west-1"), "https://logs.eu-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({}, kAwsMetrics, "us-gov-west-1"),
            "https://monitoring.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({}, kAwsXRay, "cn-north-1"), "https://xray.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(endpoint({}, kAwsSts, "us-iso-east-1"), "https://sts.us-iso-east-1.c2s.ic.gov/");
  EXPECT_EQ(endpoint({}, kAwsSts, "us-isob-east-1"), "https://sts.us-isob-east-1.sc2s.sgov.gov/");
  const Variables both = {{"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1/l"},
                          {"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}};
  EXPECT_EQ(endpoint(both, kAwsLogs, "eu-west-1"), "http://127.0.0.1:1/l");
  EXPECT_EQ(endpoint(both, kAwsMetrics, "eu-west-1"), "http://127.0.0.1:2/");
  EXPECT_EQ(endpoint({{"AWS_ENDPOINT_URL_XRAY", "secret"}}, kAwsXRay, "eu-west-1"),
            "bad_url: AWS_ENDPOINT_URL_XRAY: the URL must begin with http:// or https://");
  EXPECT_EQ(endpoint({}, kAwsLogs, "evil.com/"),
            "bad_region: the region must be a region such as eu-west-1: 1 to 63 of a-z, 0-9 and "
            "'-'");
}

TEST(AwsEnvironment, IsThatOfTheProcess) {
  const AwsEnvironment process = AwsEnvironment::process();
  EXPECT_TRUE(process.variable("PATH"));
  EXPECT_FALSE(process.variable("LIFT_NO_SUCH_VARIABLE"));
  const test::ScratchFolder folder;
  const std::string path = folder / "file";
  EXPECT_EQ(process.read_file(path).error().code, "file_missing");
  EXPECT_EQ(process.read_file(path).error().message, path + ": No such file or directory");
  EXPECT_EQ(process.read_file(path + "/..").error().code, "file_missing");
  EXPECT_EQ(process.read_file(folder / "").error().code, "file_unreadable");
  std::ofstream(path) << "text\n";
  EXPECT_EQ(process.read_file(path).value(), "text\n");
  std::filesystem::resize_file(path, 1U << 20U);
  EXPECT_EQ(process.read_file(path)->size(), 1U << 20U);
  std::filesystem::resize_file(path, (1U << 20U) + 1);
  EXPECT_EQ(process.read_file(path).error().message, path + ": is larger than 1 MiB");
}

}  // namespace
}  // namespace lift
