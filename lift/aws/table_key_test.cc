#include "lift/aws/table_key.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "lift/base/random.h"

namespace lift {
namespace {

using detail::partition_text;
using detail::sort_text;
using Parts = std::vector<KeyPart>;

std::string partition_of(std::string_view tenant, std::string_view kind, const Parts& parts = {}) {
  const auto text = partition_text(tenant, kind, parts);
  return text ? *text : text.error().code;
}
std::string sort_of(const KeyPart& part) {
  const auto text = sort_text(part);
  return text ? *text : text.error().code;
}

TEST(TableKey, EscapesWhatCouldReachIntoTheNextPart) {
  EXPECT_EQ(partition_of("acme", "payment"), "acme#payment");
  EXPECT_EQ(partition_of("a#b", "payment"), "a%23b#payment");
  EXPECT_EQ(partition_of("a", "b#payment"), "a#b%23payment");
  EXPECT_EQ(partition_of("a%23b", "payment"), "a%2523b#payment");
  EXPECT_EQ(partition_of("é \n\x7f", "k", {"", -7, "x"}), "é %0A%7F#k##-7#x");
  EXPECT_EQ(partition_of("", "k"), "bad_tenant");
  EXPECT_EQ(partition_of("\xff", "k"), "bad_key");
  EXPECT_EQ(partition_of("a", "k", {"\xc3"}), "bad_key");
  EXPECT_EQ(partition_of(std::string(2046, 'a'), "k").size(), 2048U);
  EXPECT_EQ(partition_of(std::string(2047, 'a'), "k"), "bad_key");
}

TEST(TableKey, TextsSortAsTheyAre) {
  EXPECT_EQ(sort_of("a#b%"), "a#b%");
  EXPECT_EQ(sort_of(""), "bad_key");
  EXPECT_EQ(sort_of("\xff"), "bad_key");
  EXPECT_EQ(sort_of(std::string(1024, 'a')).size(), 1024U);
  EXPECT_EQ(sort_of(std::string(1025, 'a')), "bad_key");
}

TEST(TableKey, NumbersSortAsNumbersDo) {
  EXPECT_EQ(sort_of(0), "100000000000000000000");
  EXPECT_EQ(sort_of(42U), "100000000000000000042");
  EXPECT_EQ(sort_of(-1), "009223372036854775807");
  EXPECT_EQ(sort_of(std::numeric_limits<std::int64_t>::min()), "000000000000000000000");
  EXPECT_EQ(sort_of(std::numeric_limits<std::uint64_t>::max()), "118446744073709551615");
  SeededRandom random(11);
  for (int i = 0; i < 10'000; ++i) {
    // Of all sizes.
    const auto a = static_cast<std::int64_t>(random.next()) >> random.below(64);
    const auto b = static_cast<std::int64_t>(random.next()) >> random.below(64);
    EXPECT_EQ(sort_of(a) < sort_of(b), a < b) << a << " " << b;
  }
}

/// A text of few letters, among them those that escapes are made of, so that near misses are many.
std::string random_text(Random& random) {
  constexpr std::string_view kLetters = "a#%23\n";
  std::string out;
  for (std::uint64_t i = random.below(5); i > 0; --i) out += kLetters[random.below(6)];
  return out;
}

TEST(TableKey, NoTwoCollide) {
  SeededRandom random(7);
  std::map<std::string, std::vector<std::string>> seen;
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t parts = random.below(3);
    std::vector<std::string> all = {"t" + random_text(random), "k" + random_text(random)};
    Parts rest;
    for (std::size_t p = 0; p < parts; ++p) {
      all.push_back(random_text(random));
      rest.emplace_back(all.back());
    }
    if (random.below(2) == 0) all[0] = all[0].substr(1);
    const std::string text = partition_of(all[0], all[1], rest);
    if (text == "bad_tenant") continue;
    const auto [at, fresh] = seen.emplace(text, all);
    EXPECT_EQ(at->second, all) << text;
  }
  EXPECT_GT(seen.size(), 10'000U);
}

}  // namespace
}  // namespace lift
