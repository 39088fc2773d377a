#include "lift/http/forwarded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lift {
namespace {

const std::vector<Cidr>& proxies() {
  static const std::vector<Cidr> networks = {*Cidr::parse("10.0.0.0/8"), *Cidr::parse("fd00::/8")};
  return networks;
}

std::string client(std::string_view peer, const Headers& headers, ForwardedSource source) {
  return client_address(*IpAddress::parse(peer), headers, proxies(), source).to_string();
}

struct Case {
  std::vector<std::string_view> fields;
  std::string_view client;
};

void check(std::string_view name, ForwardedSource source, const std::vector<Case>& cases) {
  for (const auto& [fields, expected] : cases) {
    Headers headers;
    for (const auto field : fields) headers.add(name, field);
    EXPECT_EQ(client("10.0.0.1", headers, source), expected)
        << (fields.empty() ? "no field" : fields.front());
  }
}

TEST(Forwarded, WalksXForwardedForFromTheRight) {
  check("X-Forwarded-For", ForwardedSource::x_forwarded_for,
        {
            {{}, "10.0.0.1"},
            {{""}, "10.0.0.1"},
            {{"192.0.2.1"}, "192.0.2.1"},
            {{"6.6.6.6, 192.0.2.1"}, "192.0.2.1"},
            {{"6.6.6.6, 192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
            {{"192.0.2.1,10.0.0.3,\t10.0.0.2 "}, "192.0.2.1"},
            {{"6.6.6.6", "192.0.2.1, 10.0.0.2", "10.0.0.3"}, "192.0.2.1"},
            {{"10.0.0.9, 10.0.0.8"}, "10.0.0.9"},
            {{"192.0.2.1, , 10.0.0.2,,"}, "192.0.2.1"},
            {{"192.0.2.1:5"}, "192.0.2.1"},
            {{"2001:db8::1"}, "2001:db8::1"},
            {{"[2001:db8::1]"}, "2001:db8::1"},
            {{"[2001:db8::1]:443"}, "2001:db8::1"},
            {{"::ffff:192.0.2.1"}, "192.0.2.1"},
            {{"192.0.2.1, ::ffff:10.0.0.2"}, "192.0.2.1"},
            {{"192.0.2.1, fd00::5"}, "192.0.2.1"},
        });
}

TEST(Forwarded, AnUnparsableElementEndsTheWalkAtTheNearestTrustedHop) {
  check("X-Forwarded-For", ForwardedSource::x_forwarded_for,
        {
            {{"unknown"}, "10.0.0.1"},
            {{"192.0.2.1, unknown, 10.0.0.2"}, "10.0.0.2"},
            {{"192.0.2.1, _hidden"}, "10.0.0.1"},
            {{"192.0.2.1, 10.0.0.2:"}, "10.0.0.1"},
            {{"192.0.2.1, 10.0.0.2:65536"}, "10.0.0.1"},
            {{"192.0.2.1, 10.0.0.2:123456"}, "10.0.0.1"},
            {{"192.0.2.1, 10.0.0.2:8a"}, "10.0.0.1"},
            {{"192.0.2.1, [10.0.0.2]"}, "10.0.0.1"},
            {{"192.0.2.1, [fd00::1"}, "10.0.0.1"},
            {{"192.0.2.1, [fd00::1]x"}, "10.0.0.1"},
            {{"192.0.2.1, [fd00::1]:"}, "10.0.0.1"},
            {{"192.0.2.1, 010.0.0.2"}, "10.0.0.1"},
            {{"192.0.2.1, 10.0.0.2 10.0.0.3"}, "10.0.0.1"},
            {{"192.0.2.1, []"}, "10.0.0.1"},
            {{"192.0.2.1, :"}, "10.0.0.1"},
        });
}

TEST(Forwarded, WalksForwardedFromTheRight) {
  check("Forwarded", ForwardedSource::forwarded,
        {
            {{}, "10.0.0.1"},
            {{"for=192.0.2.1"}, "192.0.2.1"},
            {{"For=192.0.2.1;proto=https;by=10.0.0.1"}, "192.0.2.1"},
            {{"proto=http; FOR=\"192.0.2.1:4711\" ;host=\"a,b;c\""}, "192.0.2.1"},
            {{"for=6.6.6.6, for=192.0.2.1, for=10.0.0.2"}, "192.0.2.1"},
            {{"for=6.6.6.6", "for=192.0.2.1", "for=10.0.0.2,for=10.0.0.3"}, "192.0.2.1"},
            {{"for=\"[2001:db8:cafe::17]:4711\""}, "2001:db8:cafe::17"},
            {{"for=\"[2001:db8:cafe::17]\""}, "2001:db8:cafe::17"},
            {{"for=\"192.0.2.1:_obscure\""}, "192.0.2.1"},
            {{"for=\"192.0.2\\.1\""}, "192.0.2.1"},
            {{"for=192.0.2.1:80"}, "192.0.2.1"},
            {{"for=192.0.2.1,, for=10.0.0.2 ,"}, "192.0.2.1"},
            {{";for=192.0.2.1;;"}, "192.0.2.1"},
        });
}

TEST(Forwarded, HiddenAndBrokenForwardedElementsEndTheWalk) {
  check("Forwarded", ForwardedSource::forwarded,
        {
            {{"for=192.0.2.1, for=unknown"}, "10.0.0.1"},
            {{"for=192.0.2.1, for=_hidden, for=10.0.0.2"}, "10.0.0.2"},
            {{"for=192.0.2.1, proto=https"}, "10.0.0.1"},
            {{"for=192.0.2.1, for=\"\""}, "10.0.0.1"},
            {{"for=192.0.2.1, for="}, "10.0.0.1"},
            {{"for=192.0.2.1, for"}, "10.0.0.1"},
            {{"for=192.0.2.1, =x"}, "10.0.0.1"},
            {{"for=192.0.2.1;for=192.0.2.2"}, "10.0.0.1"},
            {{"for=192.0.2.1;"
              "x=0123456789012345678901234567890123456789012345678901234567890123456789"},
             "192.0.2.1"},
            {{"for=192.0.2.1, for=\"10.0.0.2"
              "                                                                  \""},
             "10.0.0.1"},
        });
}

TEST(Forwarded, AnOpenQuoteOfTheClientCannotSwallowAProxysWord) {
  check("Forwarded", ForwardedSource::forwarded,
        {
            {{"for=6.6.6.6;x=\", for=192.0.2.1"}, "10.0.0.1"},
            {{"for=6.6.6.6;x=\", for=\"[2001:db8::1]\""}, "10.0.0.1"},
            {{"for=6.6.6.6;x=\"\\", "for=192.0.2.1"}, "192.0.2.1"},
        });
}

TEST(Forwarded, AnUntrustedPeerIsTheClientWhateverItSays) {
  Headers headers;
  headers.add("x-forwarded-for", "1.1.1.1");
  headers.add("forwarded", "for=1.1.1.1");
  for (const auto source : {ForwardedSource::x_forwarded_for, ForwardedSource::forwarded}) {
    EXPECT_EQ(client("192.0.2.7", headers, source), "192.0.2.7");
    EXPECT_FALSE(client_address(IpAddress(), headers, proxies(), source).specified());
    EXPECT_EQ(client_address(*IpAddress::parse("10.0.0.1"), headers, {}, source).to_string(),
              "10.0.0.1");
  }
}

TEST(Forwarded, OnlyTheChosenHeaderIsRead) {
  Headers headers;
  headers.add("x-forwarded-for", "1.1.1.1");
  headers.add("forwarded", "for=2.2.2.2");
  EXPECT_EQ(client_address(*IpAddress::parse("10.0.0.1"), headers, proxies()).to_string(),
            "1.1.1.1");
  EXPECT_EQ(client("10.0.0.1", headers, ForwardedSource::forwarded), "2.2.2.2");
  headers.remove("x-forwarded-for");
  EXPECT_EQ(client("10.0.0.1", headers, ForwardedSource::x_forwarded_for), "10.0.0.1");
}

TEST(Forwarded, StopsAfterTheMostHops) {
  std::string list = "192.0.2.1";
  for (std::size_t i = 1; i < kMaxForwardedHops; ++i) list += ", 10.1.0." + std::to_string(i);
  Headers headers;
  headers.add("x-forwarded-for", list);
  EXPECT_EQ(client("10.0.0.1", headers, ForwardedSource::x_forwarded_for), "192.0.2.1");
  headers.set("x-forwarded-for", list + ", 10.2.0.0");
  EXPECT_EQ(client("10.0.0.1", headers, ForwardedSource::x_forwarded_for), "10.1.0.1");
}

}  // namespace
}  // namespace lift
