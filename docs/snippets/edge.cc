// What docs/edge.md shows: CORS for one origin, and a page that may be cached.
#include <cstdlib>

#include "lift/edge/edge.h"
#include "lift/testing/sim_world.h"

// [snippet]
lift::EdgeOptions edge_options() {
  lift::EdgeOptions options;
  options.cors.emplace().origins = {"https://app.example.com"};
  options.security_headers.x_frame_options = "SAMEORIGIN";
  return options;
}

lift::Response logo(lift::Context&) {
  return lift::binary("image/svg+xml", "<svg/>").with("cache-control", "public, max-age=3600");
}
// [/snippet]

int main() {
  const auto edge = lift::Edge::make(edge_options()).value();
  const auto chain = lift::Chain::build("/logo", {lift::AnyLayer(edge)}, logo).value();
  lift::SimWorld world;
  lift::Request request = lift::sim_request(lift::Method::get, "/logo");
  request.headers.add("origin", "https://app.example.com");
  const auto answer = world.send(chain, std::move(request));
  const lift::Headers& headers = answer->headers();
  const bool right = headers.value("access-control-allow-origin") == "https://app.example.com" &&
                     headers.value("cache-control") == "public, max-age=3600" &&
                     headers.value("x-frame-options") == "SAMEORIGIN" &&
                     headers.value("x-request-id").size() == 36;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
