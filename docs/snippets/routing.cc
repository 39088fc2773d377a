// What docs/routing.md shows: routes, a group, and the names that reach the handler.
#include <cstdlib>
#include <string>

#include "lift/app/app.h"

// [snippet]
lift::Response show(lift::Context& ctx) { return lift::text("payment ", ctx.param("id")); }

lift::Response file(lift::Context& ctx) {
  return lift::text("file ", ctx.param("path"));  // "css/site.css" for /files/css/site.css
}

void declare_routes(lift::App& app) {
  app.get("/files/{path...}", file);
  auto& payments = app.group("/payments", {.require_tenant = true});
  payments.get("/{id}", show);
  payments.get("/latest", [](lift::Context&) { return lift::text("the latest"); });
  payments.del("/{id}", [](lift::Context&) { return lift::no_content(); }, {.idempotent = true});
}
// [/snippet]

int main() {
  const char* const arguments[] = {"routing", "--port", "0", "--lame-duck", "0s"};
  lift::App app{lift::options_from(5, arguments)};
  declare_routes(app);
  if (!app.start()) return EXIT_FAILURE;
  const std::string chains = app.print_chain();
  app.stop();
  const bool right = chains.find("GET /files/{path...}: ") != std::string::npos &&
                     chains.find("GET /payments/latest: ") != std::string::npos &&
                     chains.find("DELETE /payments/{id}: ") != std::string::npos;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
