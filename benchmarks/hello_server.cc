// The server of server.hello: README's hello without the optional layers.

#include <utility>

#include "lift/app/app.h"

int main(int argc, char** argv) {
  lift::AppOptions options = lift::options_from(argc, argv);
  options.exports.log.reset();
  options.management.reset();
  options.observe.reset();
  options.edge.reset();
  options.identify.reset();
  options.deadline.reset();
  lift::App app{std::move(options)};
  app.get("/hello/{name}",
          [](lift::Context& ctx) { return lift::text("Hello, ", ctx.param("name")); });
  return app.serve();
}
