#include "lift/net/http_client_options.h"

#include <gtest/gtest.h>

#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(HttpClientOptions, AllProblemsAreToldAtOnce) {
  EXPECT_TRUE(HttpClientOptions().validate().empty());
  HttpClientOptions options;
  options.connect_timeout = 0ms;
  options.read_timeout = 2h;
  options.write_timeout = -1ms;
  options.queue_timeout = 0ms;
  options.connections_per_host = 0;
  options.queue_per_host = 100'001;
  options.hosts = 0;
  options.idle_time = 25h;
  options.dns_time = -1ms;
  options.response_head = 255;
  options.response_fields = 0;
  options.user_agent = "a\nb";
  options.tls.certificate_file = "mine.pem";
  EXPECT_EQ(options.validate().text(),
            "connect_timeout: value \"0 ms\" must be from 1 ms to 3600000 ms\n"
            "read_timeout: value \"7200000 ms\" must be from 1 ms to 3600000 ms\n"
            "write_timeout: value \"-1 ms\" must be from 1 ms to 3600000 ms\n"
            "queue_timeout: value \"0 ms\" must be from 1 ms to 3600000 ms\n"
            "connections_per_host: value \"0\" must be from 1 to 10000\n"
            "queue_per_host: value \"100001\" must be from 0 to 100000\n"
            "hosts: value \"0\" must be from 1 to 10000\n"
            "idle_time: value \"90000000 ms\" must be from 0 ms to 86400000 ms\n"
            "dns_time: value \"-1 ms\" must be from 0 ms to 86400000 ms\n"
            "response_head: value \"255\" must be from 256 to 1048576\n"
            "response_fields: value \"0\" must be from 1 to 10000\n"
            "user_agent: value \"\" must not hold control characters\n"
            "tls.certificate_file: value \"mine.pem\" must be given with tls.key_file");
  LoopThread thread("client");
  EXPECT_THROW(HttpClient(thread.loop(), options), std::invalid_argument);
}

}  // namespace
}  // namespace lift
