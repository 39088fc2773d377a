#include "lift/base/sip_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace lift {
namespace {

constexpr HashKey kKey{.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};

/// The bytes 0, 1, 2 … of the published vectors.
std::string counting(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i);
  return bytes;
}

TEST(SipHash, GivesWhatOthersGive) {
  const struct {
    std::size_t size;
    std::uint64_t hash;
  } vectors[] = {{0, 0xabac0158050fc4dc}, {1, 0xc9f49bf37d57ca93},  {7, 0xd3927d989bb11140},
                 {8, 0x369095118d299a8e}, {15, 0xd320d86d2a519956}, {63, 0x9d199062b7bbb3a8}};
  for (const auto& vector : vectors) {
    EXPECT_EQ(sip_hash(kKey, counting(vector.size)), vector.hash) << vector.size;
  }
}

TEST(SipHash, DependsOnEveryPartOfTheKey) {
  const std::string bytes = "tenant";
  EXPECT_NE(sip_hash(kKey, bytes), sip_hash({.low = kKey.low ^ 1, .high = kKey.high}, bytes));
  EXPECT_NE(sip_hash(kKey, bytes), sip_hash({.low = kKey.low, .high = kKey.high ^ 1}, bytes));
}

}  // namespace
}  // namespace lift
