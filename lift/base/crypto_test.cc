#include "lift/base/crypto.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

TEST(Crypto, Sha256OfTheStandardsExamples) {
  EXPECT_EQ(hex_encode(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Crypto, ConstantTimeEqualIsEquality) {
  const std::vector<std::uint8_t> a = {1, 2, 3};
  EXPECT_TRUE(constant_time_equal(a, std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_FALSE(constant_time_equal(a, std::vector<std::uint8_t>{1, 2, 4}));
  EXPECT_FALSE(constant_time_equal(a, std::vector<std::uint8_t>{0, 2, 3}));
  EXPECT_FALSE(constant_time_equal(a, std::vector<std::uint8_t>{1, 2}));
  EXPECT_TRUE(constant_time_equal({}, {}));
}

// RFC 4231, test cases 1, 2, 6 (a key longer than a block), and no key at all.
TEST(Crypto, HmacIsThatOfTheRfc) {
  const std::string jefe = "Jefe";
  const std::vector<std::uint8_t> twenty(20, 0x0b);
  const std::vector<std::uint8_t> many(131, 0xaa);
  const std::vector<std::uint8_t> word(jefe.begin(), jefe.end());
  EXPECT_EQ(hex_encode(hmac_sha256(twenty, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex_encode(hmac_sha256(word, "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(hmac_sha256(many, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex_encode(hmac_sha256({}, "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Crypto, HexRoundTrips) {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::uint8_t> bytes(random.below(40));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random.next());
    const std::string text = hex_encode(bytes);
    std::vector<std::uint8_t> back(bytes.size());
    ASSERT_TRUE(hex_decode(text, back));
    ASSERT_EQ(back, bytes);
  }
}

TEST(Crypto, HexDecodeTakesExactlyTheDigitsItNeeds) {
  std::array<std::uint8_t, 2> out{};
  EXPECT_TRUE(hex_decode("AbcD", out));
  EXPECT_EQ(out, (std::array<std::uint8_t, 2>{0xab, 0xcd}));
  for (const std::string_view bad :
       {"", "abc", "abcde", "abcdef", "abcg", "0xab", "ab d", "-1ab"}) {
    EXPECT_FALSE(hex_decode(bad, out)) << bad;
  }
}

}  // namespace
}  // namespace lift
