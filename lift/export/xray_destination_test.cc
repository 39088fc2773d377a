#include "lift/export/xray_destination.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_aws.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class XrayApiTest : public testing::Test {
 protected:
  void start() {
    XrayApiOptions options;
    options.sender.backoff = {.kind = BackoffKind::fixed, .base = 1s, .jitter = false};
    const Url endpoint{"https", "xray.eu-west-1.amazonaws.com", 443, "/"};
    xray_ = make_xray_api(options, sample_resource(), endpoint, net_).value();
    running_ = xray_->run();
  }
  void requests(std::uint8_t count) {
    for (std::uint8_t i = 0; i < count; ++i) {
      sample_.view.span.bytes[7] = i;
      xray_->request(sample_.view);
    }
  }
  void flush() {
    Task<void> flush = xray_->flush(world_.now() + 100s);
    world_.advance(100s);
    EXPECT_TRUE(flush.done());
  }

  SimWorld world_;
  test::FakeTransport net_;
  test::FakeXray service_{net_};
  SampleRequest sample_;
  std::unique_ptr<Destination> xray_;
  Task<void> running_;
};

TEST_F(XrayApiTest, DocumentsArriveFiftyACall) {
  start();
  requests(120);
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_EQ(service_.batches, (std::vector<std::size_t>{50, 50, 20}));
  EXPECT_EQ(xray_->stats().delivered, 120U);
}

TEST_F(XrayApiTest, WhatIsLeftUnprocessedIsSentAgainOrCounted) {
  start();
  requests(5);
  service_.unprocessed = {"ThrottlingException", "InvalidSegment", "InternalFailure"};
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_EQ(service_.batches, (std::vector<std::size_t>{5, 2}));
  EXPECT_EQ(xray_->stats().delivered, 4U);
  EXPECT_EQ(xray_->stats().dropped_for(Loss::export_rejected), 1U);
}

TEST_F(XrayApiTest, ThrottlingOfTheCallIsRepeated) {
  net_.then(test::aws_error(429, "ThrottledException"));
  net_.then(test::answer(400, R"({"message":"bad"})"));
  start();
  requests(1);
  flush();
  EXPECT_EQ(net_.seen.size(), 2U);
  EXPECT_EQ(xray_->stats().dropped_for(Loss::export_rejected), 1U);
}

/// A UDP socket on loopback, as the daemon has one.
class DaemonSide {
 public:
  DaemonSide() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  DaemonSide(const DaemonSide&) = delete;
  DaemonSide& operator=(const DaemonSide&) = delete;
  ~DaemonSide() { ::close(fd_); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string receive() const {
    std::array<char, 65'536> block;
    const ssize_t got = ::recv(fd_, block.data(), block.size(), 0);
    return got < 0 ? "" : std::string(block.data(), static_cast<std::size_t>(got));
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

TEST(XrayDaemon, ADocumentIsADatagramBehindItsHeader) {
  SimWorld world;
  const DaemonSide daemon;
  SampleRequest sample;
  const auto xray = make_xray_daemon({.address = daemon.address()}, sample_resource()).value();
  Task<void> running = xray->run();
  xray->request(sample.view);
  const std::string datagram = daemon.receive();
  const std::string header = "{\"format\": \"json\", \"version\": 1}\n";
  ASSERT_TRUE(datagram.starts_with(header)) << datagram;
  EXPECT_TRUE(from_json<test::FakeSegment>(datagram.substr(header.size())).has_value());
  EXPECT_EQ(xray->stats().delivered, 1U);
  sample.view.kept = Kept::no;
  xray->request(sample.view);
  EXPECT_EQ(xray->stats().given, 1U);
  xray->stop();
  world.settle();
  EXPECT_TRUE(running.done());
}

TEST(XrayDaemon, AFloodIsSentOrCountedAndNeverWaitsFor) {
  SimWorld world;
  const DaemonSide daemon;
  SampleRequest sample;
  const auto xray = make_xray_daemon({.address = daemon.address()}, sample_resource()).value();
  for (int i = 0; i < 10'000; ++i) xray->request(sample.view);
  const DestinationStats stats = xray->stats();
  EXPECT_EQ(stats.given, 10'000U);
  EXPECT_EQ(stats.pending, 0U);
}

TEST(XrayDaemon, ReadsItsAddress) {
  struct Case {
    std::string_view text;
    std::optional<DaemonAddress> address;
  };
  const Case cases[] = {
      {"127.0.0.1:2000", DaemonAddress{"127.0.0.1", 2000}},
      {"xray-daemon:2000", DaemonAddress{"xray-daemon", 2000}},
      {"[::1]:2000", DaemonAddress{"::1", 2000}},
      {"udp:10.0.0.1:2001", DaemonAddress{"10.0.0.1", 2001}},
      {"tcp:127.0.0.1:2000 udp:127.0.0.2:2001", DaemonAddress{"127.0.0.2", 2001}},
      {"udp:127.0.0.2:2001 tcp:127.0.0.1:2000", DaemonAddress{"127.0.0.2", 2001}},
      {"", std::nullopt},
      {"127.0.0.1", std::nullopt},
      {":2000", std::nullopt},
      {"127.0.0.1:", std::nullopt},
      {"127.0.0.1:0", std::nullopt},
      {"127.0.0.1:65536", std::nullopt},
      {"127.0.0.1:2000x", std::nullopt},
      {"::1:2000", std::nullopt},
      {"tcp:127.0.0.1:2000", std::nullopt},
      {"tcp:127.0.0.1:2000 tcp:127.0.0.1:2001", std::nullopt},
      {"tcp:127.0.0.1:2000  udp:127.0.0.1:2001", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_daemon_address(c.text), c.address) << c.text;
  EXPECT_EQ(make_xray_daemon({.address = "x"}, {}).error().code, "bad_configuration");
}

}  // namespace
}  // namespace lift
