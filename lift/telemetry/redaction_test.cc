// Which names are sensitive, and what is shown of fields.
#include "lift/telemetry/redaction.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "lift/base/ascii.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

const Redactor& standard() {
  static const auto redactor = Redactor::make().value();
  return *redactor;
}

std::vector<std::string_view> names_in(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) out.push_back(ascii::cut(list, ','));
  return out;
}

std::string show(const Field& shown) {
  Arena arena;
  return standard().redact_field(shown, arena).visit([](const auto& v) -> std::string {
    if constexpr (std::same_as<std::decay_t<decltype(v)>, std::string_view>) {
      return std::string(v);
    } else {
      return std::to_string(v);
    }
  });
}

// The original looks for "pin", "auth" and so on anywhere within a name.
TEST(Regression, D_SAN_words_within_words_are_not_sensitive) {
  for (const std::string_view name :
       names_in("mapping,shipping_status,spinner,author,discard_count,account_id,company,expand,"
                "tokenizer,pinned,authority,span,span_id,japan,panel,secretary,keyboard,monkey,"
                "emailer,passenger,hostname,filename,file_name,company_name,service.name,user_name,"
                "rename,named,opinion,happiness,cardinality,discards,scoreboard,primary_key,"
                "idempotency_key,sort_key,key,request_id,tenant,user,amount,status,currency,code,"
                "state,path,operation,duration,mobile_app,pass_rate,design,sigma,session_count,"
                "dashboard,iphone_sales,phonetic,streetlight,addressee")) {
    EXPECT_EQ(standard().classify(name), Sensitivity::open) << name;
  }
}

TEST(Regression, D_SAN_email_phone_and_name_are_personal) {
  for (const std::string_view name :
       names_in("email,phone,name,Name,EMAIL,customer_email,email_address,e-mail,phoneNumber,"
                "billing.phone,first_name,lastName,full-name,firstname,ssn,userSSN,iban,"
                "account_number,accountNumber,address,shipping_address,address1,street,postal_code,"
                "date_of_birth,dateOfBirth,DOB,passport,tax_id,cardholder_name,cardHolder,"
                "routing_number,emails,social security")) {
    EXPECT_EQ(standard().classify(name), Sensitivity::pii) << name;
  }
}

TEST(Redactor, KnowsCredentialsHoweverTheyAreWritten) {
  for (const std::string_view name : names_in(
           "password,Password,PASSWORD,user_password,userPassword,passwd,secret,client_secret,"
           "clientSecret,token,access_token,accessToken,AccessToken,api_key,apiKey,API-KEY,"
           "apikey,APIKey,x.api.key,my_apikey,my api key,authorization,auth,cookie,cookies,pin,"
           "PIN,card_pin,cardPin,pin_code,cvv,cvv2,CVC,cvcCode,private_key,privateKeyPem,"
           "session_id,jwt,id_token,otp,oauth2_token,signature,credentials,pass,secret1,"
           "AWSAccessKeyId,awsaccesskeyid,aws_secret_access_key,password_hash,pan_token,"
           "user/password,user[password],track2,pinBlock")) {
    EXPECT_EQ(standard().classify(name), Sensitivity::secret) << name;
  }
  for (const std::string_view name : {"pan", "card_number", "cardNumber", "CARD-NUMBER", "card",
                                      "cardnumber", "credit_card", "creditCardNumber", "cc_number"})
    EXPECT_EQ(standard().classify(name), Sensitivity::pan) << name;
}

TEST(Redactor, WhatIsAboutASecretIsNone) {
  for (const std::string_view name : names_in(
           "password_policy,password_changed_at,token_type,tokenType,token_expires_in,"
           "pin_attempts,card_type,card_brand,credit_card_type,email_verified,signature_version,"
           "otp_length,phone_verified,card_number_last4,tokens,tokens_remaining,max_tokens,"
           "ip_address,ipAddress,mac_address,remote.address,client_address,server_address,"
           "peer_addresses")) {
    EXPECT_EQ(standard().classify(name), Sensitivity::open) << name;
  }
}

TEST(Redactor, OddNamesAreJudgedToo) {
  EXPECT_EQ(standard().classify(""), Sensitivity::open);
  EXPECT_EQ(standard().classify("___"), Sensitivity::open);
  EXPECT_EQ(standard().classify("\xff\xfe"), Sensitivity::open);
  EXPECT_EQ(standard().classify("m\xc3\xb6rder_password"), Sensitivity::secret);
  std::string name;
  name.append(247, 'a');
  EXPECT_EQ(standard().classify(name + "_password"), Sensitivity::secret);
  EXPECT_EQ(standard().classify(name + "aaaaaaaaa"), Sensitivity::open);
  EXPECT_EQ(standard().classify(name + "aaaaaaaaaa"), Sensitivity::secret)
      << "too long to be judged";
  std::string hostile;
  for (int i = 0; i < 128; ++i) hostile += "p_";
  EXPECT_EQ(standard().classify(hostile), Sensitivity::open);
}

// The original compares names in lower case with what headers are called.
TEST(Regression, L_O11_D_XR_headers_are_sensitive_in_any_case) {
  for (const std::string_view name :
       names_in("Authorization,authorization,AUTHORIZATION,Proxy-Authorization,Cookie,cookie,"
                "Set-Cookie,SET-COOKIE,X-Api-Key,x-api-key,X-API-KEY,X-Auth-Token,"
                "x-amz-security-token,X-Amz-Security-Token,X-Csrf-Token,X-Hub-Signature-256")) {
    EXPECT_TRUE(standard().header_is_sensitive(name)) << name;
  }
  for (const std::string_view name :
       {"Accept", "Content-Type", "User-Agent", "X-Request-Id", "traceparent", "X-Amzn-Trace-Id",
        "X-Forwarded-For", "Host", "Idempotency-Key", "WWW-Authenticate", "X-Tenant-Id"}) {
    EXPECT_FALSE(standard().header_is_sensitive(name)) << name;
  }
}

TEST(Redactor, OptionsAddWordsAndOpenNames) {
  const auto own =
      Redactor::make({.also = {"merchant_ref", "Konto"}, .never = {"authorization_id", "Name"}})
          .value();
  for (const std::string_view name : {"merchant_ref", "merchantRef", "old_merchant_ref", "konto"})
    EXPECT_EQ(own->classify(name), Sensitivity::secret) << name;
  for (const std::string_view name :
       {"authorization_id", "authorizationId", "name", "merchant", "reference", "kontor"})
    EXPECT_EQ(own->classify(name), Sensitivity::open) << name;
  EXPECT_EQ(own->classify("authorization_idx"), Sensitivity::secret);
  EXPECT_EQ(own->classify("authorization"), Sensitivity::secret);
}

TEST(Redactor, BrokenOptionsAreAllNamed) {
  RedactorOptions options;
  options.also = {"", "one_two_three_four_five", "abcdefghijklmnopqrstuvwxyzabcdefg"};
  options.never = {"_", std::string().append(257, 'x'), "fine"};
  std::vector<std::string> fields;
  const Problems problems = options.validate();
  for (const Problem& p : problems.list()) fields.push_back(p.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"also", "never", "never", "also", "also"}));
  EXPECT_EQ(Redactor::make(options).error().code, "bad_configuration");
}

TEST(Redactor, ManyOwnWordsAreFound) {
  RedactorOptions options;
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) options.also.push_back(std::string("zq") + a + b);
  }
  const auto own = Redactor::make(options).value();
  for (const std::string& word : options.also)
    ASSERT_EQ(own->classify("x_" + word), Sensitivity::secret);
  EXPECT_EQ(own->classify("password"), Sensitivity::secret);
  EXPECT_EQ(own->classify("zq"), Sensitivity::open);
}

TEST(RedactField, TheTypeCountsMoreThanTheName) {
  EXPECT_EQ(show(field("amount", 12)), "12");
  EXPECT_EQ(show(pii("amount", 12)), "[REDACTED]");
  EXPECT_EQ(show(secret("amount", "x")), "[REDACTED]");
  EXPECT_EQ(show(pan("amount", "4111 1111 1111 1111")), "************1111");
  EXPECT_EQ(show(pan("amount", 4111111111111111)), "************1111");
  EXPECT_EQ(show(pan("card", "1111")), "[REDACTED]") << "four digits are not kept of four";
  EXPECT_EQ(show(pan("card", "unknown")), "[REDACTED]");
  EXPECT_EQ(show(pan("password", "4111111111111111")), "************1111");
}

// In the original integers pass.
TEST(Regression, D_SAN_integers_under_sensitive_names_do_not_leak) {
  EXPECT_EQ(show(field("pin", 1234)), "[REDACTED]");
  EXPECT_EQ(show(field("cvv", 123U)), "[REDACTED]");
  EXPECT_EQ(show(field("password", true)), "[REDACTED]");
  EXPECT_EQ(show(field("token", 1.5)), "[REDACTED]");
  EXPECT_EQ(show(field("card_number", std::uint64_t{4111111111111111})), "************1111");
  EXPECT_EQ(show(field("reference", 4111111111111111)), "************1111");
}

TEST(Regression, D_SAN_timestamps_and_ids_are_not_masked) {
  EXPECT_EQ(show(field("time", 1'700'000'000'123)), "1700000000123");
  EXPECT_EQ(show(field("time", "1700000000123")), "1700000000123");
  EXPECT_EQ(show(field("id", 123456789)), "123456789");
  EXPECT_EQ(show(field("id", "123-45-678")), "123-45-678");
  EXPECT_EQ(show(field("n", std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(show(field("n", std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
}

TEST(RedactField, TextUnderOpenNamesIsSearched) {
  EXPECT_EQ(show(field("note", "card 4111111111111111 ok")), "card ************1111 ok");
  EXPECT_EQ(show(field("note", "")), "");
  EXPECT_EQ(show(field("email", "")), "[REDACTED]");
}

TEST(Redactor, ClassifiesWithoutAllocating) {
  const Redactor& redactor = standard();
  const AllocationCounter counter;
  for (const std::string_view name : {"password", "shipping_status", "a_b_c_d_e_f_g"})
    (void)redactor.classify(name);
  EXPECT_EQ(counter.count(), 0);
}

TEST(PanLastFour, KeepsFourOfTwelveAtLeast) {
  EXPECT_EQ(pan_last_four("4111111111111111"), "************1111");
  EXPECT_EQ(pan_last_four("4111-1111-1111-1234"), "************1234");
  EXPECT_EQ(pan_last_four("4222222222222"), "************2222");
  for (const std::string_view text : {"", "1234", "41111111111", "************1111"})
    EXPECT_EQ(pan_last_four(text), "[REDACTED]") << text;
}

}  // namespace
}  // namespace lift
