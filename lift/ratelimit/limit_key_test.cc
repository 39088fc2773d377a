#include "lift/ratelimit/limit_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace lift {
namespace {

using Part = LimitKey::Part;

constexpr HashKey kSecret{.low = 1, .high = 2};
constexpr std::uint8_t kHmacKey[]{1, 2, 3};

std::uint64_t of_address(std::string_view address, unsigned bits = 64) {
  return LimitKey().add_address(IpAddress::parse(address).value(), bits).hash(kSecret);
}

TEST(LimitKeyTest, NoValueCanPassForAnother) {
  const std::string long_value(10'000, 'a');
  const std::string other_long(10'001, 'a');
  const std::vector<std::vector<std::pair<Part, std::string>>> keys = {
      {},
      {{Part::tenant, ""}},
      {{Part::user, ""}},
      {{Part::tenant, "a:user:b"}, {Part::user, ""}},
      {{Part::tenant, "a"}, {Part::user, "b"}},
      {{Part::tenant, "ab"}},
      {{Part::tenant, "a"}, {Part::tenant, "b"}},
      {{Part::user, "a"}, {Part::tenant, "b"}},
      {{Part::tenant, "a|u1:b"}},
      {{Part::tenant, long_value}},
      {{Part::tenant, other_long}},
      {{Part::tenant, std::string(48, 'x')}},
      {{Part::tenant, std::string(49, 'x')}},
      {{Part::tenant, std::string("a\0b", 3)}},
      {{Part::credential, "a"}},
  };
  std::set<std::uint64_t> hashes;
  std::set<std::string> texts;
  for (const auto& parts : keys) {
    LimitKey key;
    for (const auto& [part, value] : parts) key.add(part, value);
    EXPECT_TRUE(hashes.insert(key.hash(kSecret)).second);
    EXPECT_TRUE(texts.insert(key.text(kHmacKey)).second) << key.text(kHmacKey);
    EXPECT_LT(key.text(kHmacKey).size(), 300U);
    EXPECT_NE(key.hash(kSecret), key.hash({.low = 3, .high = 4}));
  }
}

TEST(LimitKeyTest, TextIsForPeopleAndStores) {
  LimitKey key;
  key.add(Part::tenant, "acme").add(Part::user, "ann|b");
  EXPECT_EQ(key.text(kHmacKey), "t4:acme|u5:ann|b");
  const std::string secret = LimitKey().add(Part::credential, "Bearer abc").text(kHmacKey);
  EXPECT_EQ(secret.size(), std::string("c64:").size() + 64);
  EXPECT_EQ(secret.find("abc"), std::string::npos);
}

TEST(LimitKeyTest, AnAddressIsThatOfAClient) {
  EXPECT_EQ(of_address("192.0.2.1"), of_address("::ffff:192.0.2.1"));
  EXPECT_EQ(of_address("192.0.2.1"), of_address("64:ff9b::192.0.2.1"));
  EXPECT_NE(of_address("192.0.2.1"), of_address("192.0.2.2"));
  EXPECT_EQ(of_address("2001:db8:1:2::1"), of_address("2001:db8:1:2:ffff::9"));
  EXPECT_NE(of_address("2001:db8:1:2::1"), of_address("2001:db8:1:3::1"));
  EXPECT_NE(of_address("2001:db8:1:2::1", 128), of_address("2001:db8:1:2::2", 128));
  EXPECT_EQ(of_address("2001:db8:1:200::", 56), of_address("2001:db8:1:2ff::", 56));
  EXPECT_NE(of_address("2001:db8:1:200::", 57), of_address("2001:db8:1:2ff::", 57));
}

TEST(LimitKeyTest, PartsBeyondTheMostAreNotAdded) {
  LimitKey key;
  for (int i = 0; i < 20; ++i) key.add(Part::custom, "x");
  LimitKey most;
  for (std::size_t i = 0; i < LimitKey::kMaxParts; ++i) most.add(Part::custom, "x");
  EXPECT_EQ(key.hash(kSecret), most.hash(kSecret));
  key.add_address(IpAddress::parse("::1").value(), 64);
  EXPECT_EQ(key.hash(kSecret), most.hash(kSecret));
}

}  // namespace
}  // namespace lift
