#include "lift/aws/credential_sources.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/aws/aws_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::AwsTest;
using Variables = std::map<std::string, std::string>;

// Virtual time begins at 2026-01-01T00:16:40Z.
constexpr std::string_view kJson =
    R"({"Code":"Success","LastUpdated":"x","Type":"AWS-HMAC","AccessKeyId":"AK","SecretAccessKey":)"
    R"("canary","Token":"T","Expiration":"2026-01-01T06:00:00Z","AccountId":"1"})";
constexpr std::string_view kFound = "AK|canary|T|21600";

struct Row {
  Variables variables;
  std::string expected;
};

class EnvironmentCredentialsTest : public AwsTest {};

TEST_F(EnvironmentCredentialsTest, ReadsFourVariables) {
  const std::vector<Row> table = {
      {{}, "not_configured: AWS_ACCESS_KEY_ID is not set"},
      {{{"AWS_SESSION_TOKEN", "canary"}}, "not_configured: AWS_ACCESS_KEY_ID is not set"},
      {{{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "S"}}, "AK|S|"},
      {{{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "S"}, {"AWS_SESSION_TOKEN", "T"}},
       "AK|S|T"},
      {{{"AWS_ACCESS_KEY_ID", "AK"},
        {"AWS_SECRET_ACCESS_KEY", "S"},
        {"AWS_CREDENTIAL_EXPIRATION", "2026-01-01T01:00:00+00:00"}},
       "AK|S||3600"},
      {{{"AWS_ACCESS_KEY_ID", "AK"},
        {"AWS_SECRET_ACCESS_KEY", "canary"},
        {"AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:16:40Z"}},
       "bad_credentials: the credentials expired at 20260101T001640Z; it is 20260101T001640Z"},
      {{{"AWS_ACCESS_KEY_ID", "AK"},
        {"AWS_SECRET_ACCESS_KEY", "canary"},
        {"AWS_CREDENTIAL_EXPIRATION", "canary"}},
       "bad_credentials: the time of expiration is no ISO 8601 time"},
      {{{"AWS_ACCESS_KEY_ID", "canary"}},
       "bad_credentials: AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"},
      {{{"AWS_SECRET_ACCESS_KEY", "canary"}},
       "bad_credentials: AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"},
      {{{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "canary\r\nx: y"}},
       "bad_credentials: the secret access key holds what none does: a blank, a control or "
       "non-ASCII character, or more than 16 KiB"},
  };
  for (const Row& row : table) {
    fake_.variables = row.variables;
    EnvironmentCredentials provider(fake_.environment);
    EXPECT_EQ(outcome(provider), row.expected);
  }
}

class ProfileCredentialsTest : public AwsTest {
 protected:
  std::string with(Variables variables, const std::string& credentials, const std::string& config) {
    fake_.variables = std::move(variables);
    fake_.variables.emplace("HOME", "/h");
    fake_.files = {{"/h/.aws/credentials", credentials}, {"/h/.aws/config", config}};
    ProfileCredentials provider(fake_.environment);
    return outcome(provider);
  }
};

constexpr std::string_view kKeys = "aws_access_key_id = AK\naws_secret_access_key = S\n";

TEST_F(ProfileCredentialsTest, TakesTheKeysOfTheProfile) {
  const std::string keys(kKeys);
  EXPECT_EQ(with({}, "[default]\n" + keys, ""), "AK|S|");
  EXPECT_EQ(with({}, "[default]\n" + keys + "aws_session_token=T", ""), "AK|S|T");
  EXPECT_EQ(with({{"AWS_PROFILE", "b"}}, "[b]\n" + keys, ""), "AK|S|");
  EXPECT_EQ(with({{"AWS_PROFILE", "b"}}, "", "[profile b]\n" + keys), "AK|S|");
  EXPECT_EQ(with({}, "[default]\n" + keys,
                 "[default]\naws_access_key_id=other\naws_secret_access_key=other\n"),
            "AK|S|");
  EXPECT_EQ(with({}, "", ""), "not_configured: profile default is in no file");
  EXPECT_EQ(with({}, "", "[default]\nregion=x\n"), "not_configured: profile default has no keys");
  EXPECT_EQ(with({{"AWS_PROFILE", "b"}}, "[default]\n" + keys, "[b]\n" + keys),
            "bad_credentials: AWS_PROFILE names b, which no file has");
  EXPECT_EQ(with({}, "[default]\naws_secret_access_key = canary\n", ""),
            "bad_credentials: profile default has only one of aws_access_key_id and "
            "aws_secret_access_key");
  EXPECT_EQ(with({}, "", "[default]\nrole_arn = canary\nsource_profile = x\n"),
            "bad_credentials: profile default gets its keys by role_arn, which is not supported");
  EXPECT_EQ(with({}, "[default]\naws_secret_access_key canary\n", ""),
            "bad_profile_file: /h/.aws/credentials: line 2 must be `name = value`");
  EXPECT_EQ(
      with({}, "[default]\naws_access_key_id = AK\naws_secret_access_key = canary\n more\n", ""),
      "bad_credentials: the secret access key holds what none does: a blank, a control or "
      "non-ASCII character, or more than 16 KiB");
}

TEST_F(ProfileCredentialsTest, FindsTheFilesWhereTheyAreSaidToBe) {
  fake_.variables = {{"AWS_SHARED_CREDENTIALS_FILE", "/x"}, {"AWS_CONFIG_FILE", "/y"}};
  fake_.files = {{"/x", "[default]\n" + std::string(kKeys)}};
  ProfileCredentials provider(fake_.environment);
  EXPECT_EQ(outcome(provider), "AK|S|");
  fake_.variables = {};
  EXPECT_EQ(outcome(provider), "not_configured: profile default is in no file");
}

TEST_F(ProfileCredentialsTest, SaysThatNoWorkerWasFree) {
  fake_.variables = {{"HOME", "/h"}};
  world_.loop().refuse_work(true);
  ProfileCredentials provider(fake_.environment);
  EXPECT_EQ(outcome(provider), "file_unreadable: /h/.aws/credentials: no worker thread is free");
}

class WebIdentityCredentialsTest : public AwsTest {
 protected:
  WebIdentityCredentialsTest() {
    fake_.variables = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
                       {"AWS_ROLE_ARN", "arn:aws:iam::1:role/a b"},
                       {"AWS_ROLE_SESSION_NAME", "me"}};
    fake_.files = {{"/token", "canary.jwt\n"}};
  }
  std::string answered(int status, const std::string& body) {
    transport_.on("POST https://sts.eu-west-1.amazonaws.com/", status, body);
    return outcome(provider_);
  }
  WebIdentityCredentials provider_{transport_, fake_.environment, "eu-west-1"};
};

constexpr std::string_view kXml =
    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
    "<AssumeRoleWithWebIdentityResult><Audience>x</Audience><Credentials>\n"
    "<SessionToken>T&amp;</SessionToken><SecretAccessKey>canary</SecretAccessKey>\n"
    "<Expiration>2026-01-01T06:00:00Z</Expiration><AccessKeyId>AK</AccessKeyId></Credentials>\n"
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>\n";

TEST_F(WebIdentityCredentialsTest, AsksStsWithTheFilesToken) {
  EXPECT_EQ(answered(200, std::string(kXml)), "AK|canary|T&|21600");
  ASSERT_EQ(transport_.bodies.size(), 1U);
  EXPECT_EQ(transport_.bodies[0],
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="
            "arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b&RoleSessionName=me&WebIdentityToken=canary.jwt");
  EXPECT_EQ(transport_.headers[0].value("content-type"), "application/x-www-form-urlencoded");
  EXPECT_FALSE(transport_.headers[0].contains("authorization"));
}

TEST_F(WebIdentityCredentialsTest, FindsTheEndpoint) {
  WebIdentityCredentials global(transport_, fake_.environment, "");
  EXPECT_EQ(outcome(global), "credentials_unavailable: sts.amazonaws.com answered 404");
  fake_.variables["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1/sts";
  EXPECT_EQ(outcome(global), "credentials_unavailable: 127.0.0.1:1 answered 404");
  EXPECT_EQ(transport_.seen.back(), "POST http://127.0.0.1:1/sts");
}

TEST_F(WebIdentityCredentialsTest, TellsWhyItGaveNone) {
  const std::string xml(kXml);
  const std::string refused =
      "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>"
      "<Message>canary</Message></Error></ErrorResponse>";
  const std::string host = "credentials_unavailable: sts.eu-west-1.amazonaws.com";
  const std::string odd = "bad_credentials: the answer of STS is not as expected";
  EXPECT_EQ(answered(400, refused), host + " answered 400 with ExpiredTokenException");
  EXPECT_EQ(answered(403, "<Code>canary 1</Code>"), host + " answered 403");
  EXPECT_EQ(answered(503, "canary"), host + " answered 503");
  EXPECT_EQ(answered(200, ""), odd);
  EXPECT_EQ(answered(200, "canary"), odd);
  EXPECT_EQ(answered(200, xml.substr(0, xml.find("</AccessKeyId>"))), odd);
  EXPECT_EQ(answered(200, "<!DOCTYPE x [<!ENTITY a \"b\">]>" + xml), odd);
  EXPECT_EQ(answered(200, xml + xml), odd);
  std::string late = xml;
  late.replace(late.find("2026"), 4, "2025");
  EXPECT_EQ(answered(200, late),
            "bad_credentials: the credentials expired at 20250101T060000Z; it is "
            "20260101T001640Z");
  transport_.slow(11s);
  EXPECT_EQ(answered(200, xml), host + " gave no answer: timeout");
  fake_.files["/token"] = "\n";
  EXPECT_EQ(outcome(provider_), "bad_credentials: /token: is empty");
  fake_.files.clear();
  EXPECT_EQ(outcome(provider_), "file_missing: /token: No such file or directory");
  fake_.variables.erase("AWS_ROLE_ARN");
  EXPECT_EQ(outcome(provider_),
            "bad_credentials: AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN");
  fake_.variables.clear();
  EXPECT_EQ(outcome(provider_), "not_configured: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
}

class ContainerCredentialsTest : public AwsTest {
 protected:
  ContainerCredentials provider_{transport_, fake_.environment};
};

TEST_F(ContainerCredentialsTest, AsksTheEndpointOfTheContainer) {
  transport_.on("GET http://169.254.170.2/v2/x?id=1", 200, std::string(kJson));
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x?id=1"},
                     {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://other/"}};
  EXPECT_EQ(outcome(provider_), kFound);
  EXPECT_FALSE(transport_.headers[0].contains("authorization"));

  transport_.on("GET http://169.254.170.23/v1/credentials", 200, std::string(kJson));
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain"}};
  EXPECT_EQ(outcome(provider_), kFound);
  EXPECT_EQ(transport_.headers[1].value("authorization"), "plain");

  fake_.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  fake_.files = {{"/token", "from file\n"}};
  EXPECT_EQ(outcome(provider_), kFound);
  EXPECT_EQ(transport_.headers[2].value("authorization"), "from file");
}

TEST_F(ContainerCredentialsTest, AsksNobodyElseInTheClear) {
  const std::string refused =
      "bad_credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or have a host of "
      "loopback, 169.254.170.2, 169.254.170.23 or fd00:ec2::23";
  for (const std::string_view bad :
       {"http://example.com/", "http://169.254.170.3/", "http://169.254.169.254/",
        "http://128.0.0.1/", "http://localhost.example/", "http://[fd00:ec2::24]/",
        "http://127.0.0.1.example/"}) {
    fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", std::string(bad)}};
    EXPECT_EQ(outcome(provider_), refused) << bad;
  }
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://2130706433/"}};
  EXPECT_EQ(ask(provider_).error().code, "bad_credentials");
  EXPECT_TRUE(transport_.seen.empty());
  for (const std::string_view good :
       {"https://example.com/", "http://localhost:1/", "http://127.9.9.9/", "http://[::1]:1/",
        "http://169.254.170.2/", "http://169.254.170.23/", "http://[fd00:ec2::23]/",
        "http://[FD00:EC2:0::23]/"}) {
    fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", std::string(good)}};
    EXPECT_EQ(ask(provider_).error().code, "credentials_unavailable") << good;
  }
  EXPECT_EQ(transport_.seen.size(), 8U);
}

TEST_F(ContainerCredentialsTest, TellsWhyItGaveNone) {
  EXPECT_EQ(outcome(provider_),
            "not_configured: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
            "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@canary/"}};
  EXPECT_EQ(outcome(provider_),
            "bad_credentials: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with '/'");
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://u:canary@h/"}};
  EXPECT_EQ(outcome(provider_),
            "bad_credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI: the URL "
            "must not have a user name");
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary\r\nx: y"}};
  EXPECT_EQ(outcome(provider_),
            "bad_credentials: the authorization token holds a control character");
}

TEST_F(ContainerCredentialsTest, TellsWhatIsWrongWithAnAnswer) {
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}};
  const std::string json(kJson);
  const auto without = [&](const std::string& part) {
    std::string text = json;
    return text.erase(text.find(part), part.size());
  };
  const std::string odd = "bad_credentials: the answer is not as expected: ";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "bad_credentials: the answer is not JSON"},
      {"canary", "bad_credentials: the answer is not JSON"},
      {json.substr(0, 100), "bad_credentials: the answer is not JSON"},
      {"[]", odd + " wrong_type"},
      {"{}", odd + "/AccessKeyId missing"},
      {without(R"("SecretAccessKey":"canary",)"), odd + "/SecretAccessKey missing"},
      {R"({"AccessKeyId":1,"SecretAccessKey":"canary"})", odd + "/AccessKeyId wrong_type"},
      {R"({"AccessKeyId":"","SecretAccessKey":"canary"})",
       "bad_credentials: the access key id is empty"},
      {R"({"AccessKeyId":"A","SecretAccessKey":"canary","Expiration":"canary"})",
       "bad_credentials: the time of expiration is no ISO 8601 time"},
      {R"({"AccessKeyId":"A","SecretAccessKey":"canary","Expiration":"2026-01-01T00:00:00Z"})",
       "bad_credentials: the credentials expired at 20260101T000000Z; it is 20260101T001640Z"},
      {R"({"Code":"canary","Message":"canary"})",
       "credentials_unavailable: the answer's Code is not Success"},
      {R"({"AccessKeyId":"AK","SecretAccessKey":"S","Token":null})", "AK|S|"},
  };
  for (const auto& [body, expected] : table) {
    transport_.on("GET http://169.254.170.2/x", 200, body);
    EXPECT_EQ(outcome(provider_), expected) << body;
  }
  transport_.on("GET http://169.254.170.2/x", 500, "canary");
  EXPECT_EQ(outcome(provider_), "credentials_unavailable: 169.254.170.2 answered 500");
  transport_.slow(3s);
  EXPECT_EQ(outcome(provider_), "credentials_unavailable: 169.254.170.2 gave no answer: timeout");
}

class InstanceCredentialsTest : public AwsTest {
 protected:
  void serve(const std::string& base) {
    transport_.on("PUT " + base + "/latest/api/token", 200, "tok");
    transport_.on("GET " + base + "/latest/meta-data/iam/security-credentials/", 200, "role-1\n");
    transport_.on("GET " + base + "/latest/meta-data/iam/security-credentials/role-1", 200,
                  std::string(kJson));
  }
  const std::string base_ = "http://169.254.169.254";
  const std::string path_ = "/latest/meta-data/iam/security-credentials/";
  InstanceCredentials provider_{transport_, fake_.environment};
};

TEST_F(InstanceCredentialsTest, AsksVersion2) {
  serve(base_);
  EXPECT_EQ(outcome(provider_), kFound);
  ASSERT_EQ(transport_.headers.size(), 3U);
  EXPECT_EQ(transport_.headers[0].value("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(transport_.headers[1].value("x-aws-ec2-metadata-token"), "tok");
  EXPECT_EQ(transport_.headers[2].value("x-aws-ec2-metadata-token"), "tok");
}

TEST_F(InstanceCredentialsTest, IsFoundWhereTheVariablesSay) {
  fake_.variables = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}};
  serve("http://[fd00:ec2::254]");
  EXPECT_EQ(outcome(provider_), kFound);
  fake_.variables = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1/sub/"}};
  serve("http://127.0.0.1:1/sub");
  EXPECT_EQ(outcome(provider_), kFound);
  fake_.variables = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "canary"}};
  EXPECT_EQ(outcome(provider_),
            "bad_credentials: AWS_EC2_METADATA_SERVICE_ENDPOINT: the URL must "
            "begin with http:// or https://");
  fake_.variables = {{"AWS_EC2_METADATA_DISABLED", "True"}};
  EXPECT_EQ(outcome(provider_), "not_configured: AWS_EC2_METADATA_DISABLED is true");
}

TEST_F(InstanceCredentialsTest, TellsWhyItGaveNone) {
  const std::string host = "credentials_unavailable: 169.254.169.254";
  EXPECT_EQ(outcome(provider_), host + " answered 404 for /latest/api/token");
  transport_.on("PUT " + base_ + "/latest/api/token", 200, "canary\ncanary");
  EXPECT_EQ(outcome(provider_), "bad_credentials: the metadata service gave no usable token");
  transport_.on("PUT " + base_ + "/latest/api/token", 200, "tok");
  EXPECT_EQ(outcome(provider_), host + " answered 404 for " + path_);
  for (const std::string_view bad : {"", "\n", "../canary", "a b", "canary?x", "<html>canary"}) {
    transport_.on("GET " + base_ + path_, 200, std::string(bad));
    EXPECT_EQ(outcome(provider_),
              "bad_credentials: the metadata service gave no usable name of a role");
  }
  transport_.on("GET " + base_ + path_, 200, "r");
  transport_.on("GET " + base_ + path_ + "r", 200, "<html>canary");
  EXPECT_EQ(outcome(provider_), "bad_credentials: the answer is not JSON");
  transport_.slow(2s);
  EXPECT_EQ(outcome(provider_), host + " gave no answer: timeout");
}

class CredentialChainTest : public AwsTest {};

TEST_F(CredentialChainTest, NamesEverySourceAndWhyItGaveNone) {
  const auto chain = default_credentials(transport_, fake_.environment, "eu-west-1");
  EXPECT_EQ(outcome(*chain),
            "no_credentials: no AWS credentials: environment: AWS_ACCESS_KEY_ID is not set; web "
            "identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; profile: profile default is in no "
            "file; container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
            "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set; instance metadata: 169.254.169.254 "
            "answered 404 for /latest/api/token");
}

TEST_F(CredentialChainTest, DoesNotReplaceASourceThatFails) {
  const auto chain = default_credentials(transport_, fake_.environment, "eu-west-1");
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
                     {"AWS_WEB_IDENTITY_TOKEN_FILE", "/none"},
                     {"AWS_ROLE_ARN", "r"}};
  EXPECT_EQ(outcome(*chain),
            "no_credentials: no AWS credentials: environment: AWS_ACCESS_KEY_ID is not set; web "
            "identity: /none: No such file or directory");
}

TEST_F(CredentialChainTest, TakesTheFirstInOrder) {
  const auto chain = default_credentials(transport_, fake_.environment, "eu-west-1");
  transport_.on("GET http://169.254.170.2/x", 200, std::string(kJson));
  fake_.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}};
  EXPECT_EQ(outcome(*chain), kFound);
  fake_.variables["HOME"] = "/h";
  fake_.files = {{"/h/.aws/credentials", "[default]\n" + std::string(kKeys)}};
  EXPECT_EQ(outcome(*chain), "AK|S|");
  fake_.variables["AWS_ACCESS_KEY_ID"] = "env";
  fake_.variables["AWS_SECRET_ACCESS_KEY"] = "env";
  EXPECT_EQ(outcome(*chain), "env|env|");
}

}  // namespace
}  // namespace lift
