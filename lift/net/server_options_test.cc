#include "lift/net/server_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lift/net/server.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(ListenAddress, ReadsAndWritesTheSameForm) {
  for (const char* text :
       {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::]:1", "unix:/run/a.sock"}) {
    const auto address = ListenAddress::parse(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->to_string(), text);
  }
}

TEST(ListenAddress, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:80x", "localhost:80", "::1:80", "[127.0.0.1]:80", "[::1]", "[]:80",
        "unix:", "1.2.3:80", "127.0.0.1: 80"}) {
    const auto address = ListenAddress::parse(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_EQ(address.error().code, "bad_address");
    EXPECT_THAT(address.error().message, HasSubstr("\"" + std::string(text) + "\""));
  }
}

TEST(ServerOptions, DefaultsAreValid) { EXPECT_EQ(ServerOptions{}.validate().text(), ""); }

TEST(ServerOptions, ReportsEveryProblemWithFieldValueAndRule) {
  ServerOptions options;
  options.listen = {ListenAddress{"localhost", 80, ""},
                    ListenAddress{"", 0, std::string(108, 'x')}};
  options.loops = 0;
  options.lame_duck = -1ms;
  options.finish_within = 2h;
  options.workers.threads = 0;
  options.workers.queue = 0;
  options.limits.request_line = 63;
  options.limits.header_bytes = 0;
  options.limits.header_count = 0;
  options.limits.body = UINT64_MAX;
  options.limits.header_time = 0ms;
  options.limits.body_time = 2h;
  options.limits.body_rate = 0;
  options.limits.idle_time = Duration::max();
  options.limits.write_time = Duration::min();
  options.limits.requests_per_connection = 0;
  options.limits.connections_per_loop = 0;
  const Problems problems = options.validate();
  EXPECT_EQ(problems.list().size(), 18U) << problems.text();
  EXPECT_THAT(problems.text(), HasSubstr("limits.request_line: value \"63\" must be from 64 to"));
  EXPECT_THAT(problems.text(), HasSubstr("lame_duck: value \"-1 ms\" must be from 0 ms to"));
  options.listen.clear();
  EXPECT_THAT(options.validate().text(), HasSubstr("listen: value \"\" must hold at least one"));
}

TEST(ServerOptions, AServerDoesNotStartWithBadOnes) {
  test::TestService service;
  ServerOptions options = test::test_options();
  options.limits.body_rate = 0;
  Server server(options, service);
  const auto started = server.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, "bad_configuration");
}

}  // namespace
}  // namespace lift
