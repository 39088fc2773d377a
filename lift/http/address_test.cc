#include "lift/http/address.h"

#include <gtest/gtest.h>

#include <string>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::string_view_literals;

TEST(IpAddress, PrintsTheShortestForm) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"192.0.2.1", "192.0.2.1"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"::1:2", "::1:2"},
      {"2001:db8::1", "2001:db8::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"0001:0203:0405:0607:0809:0a0b:0c0d:0e0f", "1:203:405:607:809:a0b:c0d:e0f"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::FFFF:c000:0201", "192.0.2.1"},
      {"::fffe:192.0.2.1", "::fffe:c000:201"},
  };
  for (const auto& [text, printed] : cases) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), printed) << text;
  }
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const auto text : {""sv,
                          " "sv,
                          "1"sv,
                          "1.2.3"sv,
                          "1.2.3.4.5"sv,
                          "1.2.3.256"sv,
                          "01.2.3.4"sv,
                          "1.2.3.04"sv,
                          "1.2.3.-4"sv,
                          "1.2.3.4 "sv,
                          " 1.2.3.4"sv,
                          "0x1.2.3.4"sv,
                          "1.2.3.4:80"sv,
                          "1.2.3.4\0"sv,
                          "::1\0"sv,
                          ":"sv,
                          ":::"sv,
                          "1::2::3"sv,
                          "12345::"sv,
                          "g::"sv,
                          "1:2:3:4:5:6:7"sv,
                          "1:2:3:4:5:6:7:8:9"sv,
                          "1:2:3:4:5:6:7:8::"sv,
                          "::1%eth0"sv,
                          "[::1]"sv,
                          "::1/64"sv,
                          "::1.2.3"sv,
                          "::1.2.3.4.5"sv,
                          "1.2.3.4::"sv,
                          "localhost"sv,
                          "::ffff:1.2.3.400"sv,
                          "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"sv}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, MappedIsTheSameClient) {
  const auto plain = IpAddress::v4({192, 0, 2, 1});
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), plain);
  EXPECT_EQ(IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}), plain);
  EXPECT_TRUE(plain.is_v4());
  EXPECT_FALSE(plain.is_v6());
}

TEST(IpAddress, UnspecifiedEqualsOnlyItself) {
  EXPECT_FALSE(IpAddress().specified());
  EXPECT_EQ(IpAddress().to_string(), "");
  EXPECT_EQ(IpAddress(), IpAddress());
  EXPECT_NE(IpAddress(), IpAddress::v6({}));
  EXPECT_NE(IpAddress(), IpAddress::v4({0, 0, 0, 0}));
}

TEST(IpAddress, WhatIsPrintedIsReadBack) {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& b : bytes) {
      if (random.below(2) == 0) b = static_cast<std::uint8_t>(random.next());
    }
    const auto six = IpAddress::v6(bytes);
    ASSERT_EQ(IpAddress::parse(six.to_string()), six) << six.to_string();
    const auto four = IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
    ASSERT_EQ(IpAddress::parse(four.to_string()), four) << four.to_string();
  }
}

TEST(Cidr, ReadsNetworks) {
  const std::pair<std::string_view, std::string_view> good[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"192.0.2.1", "192.0.2.1/32"},
      {"192.0.2.128/25", "192.0.2.128/25"},
      {"fd00::/8", "fd00::/8"},
      {"::/0", "::/0"},
      {"::1", "::1/128"},
      {"2001:db8::/33", "2001:db8::/33"},
      {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
  };
  for (const auto& [text, printed] : good) {
    const auto cidr = Cidr::parse(text);
    ASSERT_TRUE(cidr) << text;
    EXPECT_EQ(cidr->to_string(), printed);
  }
}

TEST(Cidr, RefusesEverythingElse) {
  for (const auto text :
       {""sv, "/8"sv, "10.0.0.0/"sv, "10.0.0.0/33"sv, "10.0.0.0/08"sv, "10.0.0.0/-1"sv,
        "10.0.0.0/+8"sv, "10.0.0.0/8 "sv, "10.0.0.0/8/8"sv, "10.0.0.1/8"sv, "10.128.0.0/8"sv,
        "192.0.2.128/24"sv, "::/129"sv, "fd00::1/8"sv, "::ffff:10.0.0.0/90"sv, "::1/0"sv,
        "10.0.0/8"sv, "10.0.0.0/1000"sv}) {
    EXPECT_FALSE(Cidr::parse(text)) << text;
  }
}

struct Membership {
  std::string_view network;
  std::string_view address;
  bool inside;
};

TEST(Cidr, Contains) {
  const Membership cases[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", true},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.129", true},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "1.2.3.4", false},
      {"fd00::/8", "fdff::1", true},
      {"fd00::/8", "fe00::1", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"::ffff:10.0.0.0/104", "10.1.2.3", true},
  };
  for (const auto& [network, address, inside] : cases) {
    EXPECT_EQ(Cidr::parse(network)->contains(*IpAddress::parse(address)), inside)
        << network << " " << address;
  }
  EXPECT_FALSE(Cidr::parse("::/0")->contains(IpAddress()));
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(IpAddress()));
  EXPECT_FALSE(Cidr().contains(IpAddress()));
}

TEST(Cidr, ContainsAgreesWithComparingBits) {
  SeededRandom random(5);
  for (int i = 0; i < 1000; ++i) {
    const auto length = static_cast<unsigned>(random.below(33));
    const std::uint64_t mask = length == 0 ? 0 : 0xffffffffULL << (32 - length) & 0xffffffffULL;
    const std::uint64_t network = random.next() & mask;
    std::uint64_t address = random.next() & 0xffffffffULL;
    if (random.below(2) == 0) address = network | (address & ~mask);
    const auto quad = [](std::uint64_t bits) {
      return IpAddress::v4({static_cast<std::uint8_t>(bits >> 24),
                            static_cast<std::uint8_t>(bits >> 16),
                            static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)});
    };
    const auto cidr = Cidr::parse(quad(network).to_string() + "/" + std::to_string(length));
    ASSERT_TRUE(cidr);
    ASSERT_EQ(cidr->contains(quad(address)), (address & mask) == network);
  }
}

}  // namespace
}  // namespace lift
