// The proxy of server.proxy: one handler, without the optional layers.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "lift/app/app.h"
#include "lift/client/client.h"
#include "lift/client/proxy.h"

int main(int argc, char** argv) {
  std::string behind;
  const auto set = [&behind](const std::string& value) -> lift::Result<> {
    behind = value;
    return {};
  };
  lift::AppOptions options =
      lift::options_from(argc, argv, {{"--behind", "", "URL", "where requests go", set}});
  options.exports.log.reset();
  options.management.reset();
  options.observe.reset();
  options.edge.reset();
  options.identify.reset();
  options.deadline.reset();
  lift::App app{std::move(options)};
  lift::ClientOptions wanted;
  wanted.name = "behind";
  wanted.upstream.endpoints = {behind};
  wanted.http.connections_per_host = 64;
  const auto client = lift::Client::make(wanted, app.telemetry());
  if (!client) {
    std::fprintf(stderr, "%s\n", client.error().message.c_str());
    return EXIT_FAILURE;
  }
  app.any("/{path...}", lift::proxy(*client).value());
  return app.serve();
}
