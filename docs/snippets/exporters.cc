// What docs/exporters.md shows: two destinations, one of which is down, and what became of every
// item.
#include <cstdlib>

#include "lift/export/log_file.h"
#include "lift/export/otlp_destination.h"
#include "lift/testing/sim_world.h"

namespace {

/// A network on which nobody listens.
struct Nowhere final : lift::HttpTransport {
  lift::Task<lift::Result<lift::ClientResponse>> send(lift::ClientRequest&) override {
    co_return lift::fail("connect_failed", "nobody listens");
  }
};

std::optional<std::string> variable(const std::string& name) {
  if (name != "OTEL_EXPORTER_OTLP_ENDPOINT") return std::nullopt;
  return "http://collector:4318";
}

}  // namespace

// [snippet]
lift::Task<bool> report(lift::HttpTransport& network) {
  const lift::Instant soon = lift::Loop::current().clock().now() + std::chrono::seconds(5);
  const auto options = lift::otlp_from_environment(lift::Signal::logs, variable).value();
  const auto collector =
      lift::make_otlp_destination(lift::Signal::logs, options, {.service = "shop"}, network);
  const auto file = lift::LogFile::open({.path = "/dev/null"});
  const lift::Task<void> sending = (*collector)->run();
  const lift::Task<void> writing = (*file)->run();

  const lift::LogView line{.message = "opened", .fields = {}, .span = {}};
  (*collector)->log(line, nullptr);
  (*file)->line("{\"message\":\"opened\"}\n", line.level);
  const bool written = co_await (*file)->flush(soon);
  co_await (*collector)->flush(soon);

  const lift::DestinationStats stats = (*collector)->stats();
  co_return written&& stats.given == stats.delivered + stats.dropped + stats.pending;
}
// [/snippet]

int main() {
  lift::SimWorld world;
  Nowhere network;
  lift::Task<bool> reported = report(network);
  world.advance(std::chrono::seconds(10));
  return reported.done() && reported.take() ? EXIT_SUCCESS : EXIT_FAILURE;
}
