// What docs/deadline.md shows: a handler that takes longer than most, and is stopped at its
// deadline.
#include <cstdlib>

#include "lift/resilience/deadline.h"
#include "lift/testing/sim_world.h"

// [snippet]
lift::Task<lift::Response> report(lift::Context& ctx) {
  co_await ctx.sleep(std::chrono::minutes(1));  // throws lift::Cancelled at the deadline
  co_return lift::text("done");
}

lift::RouteOptions report_options() {
  return {.timeout = std::chrono::seconds(90)};  // longer than the app's 30 s
}
// [/snippet]

int main() {
  const auto deadline = lift::Deadline::make().value();
  const auto chain =
      lift::Chain::build("/report", {lift::AnyLayer(deadline)}, report, report_options()).value();
  lift::SimWorld world;
  const auto patient = world.get(chain, "/report");
  lift::Request request = lift::sim_request(lift::Method::get, "/report");
  request.headers.add("x-timeout-ms", "250");
  const auto hasty = world.send(chain, std::move(request));
  world.advance(std::chrono::seconds(61));
  return patient->status() == 200 && hasty->status() == 504 ? EXIT_SUCCESS : EXIT_FAILURE;
}
