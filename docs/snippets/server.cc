// The code of docs/server.md: an app's limits, and its orderly end.
#include <cstdio>

#include "lift/app/app.h"
#include "lift/base/sleep.h"
#include "lift/http/response.h"

using namespace std::chrono_literals;

// [snippet]
int serve_and_stop() {
  // Any free port, and nothing else.
  lift::AppOptions options = lift::embedded_options();
  options.server.limits.body = 64 * 1024;  // 413 beyond it; routes may say otherwise
  options.server.limits.header_time = 5s;  // 408 for a head that takes longer
  options.server.lame_duck = 0s;           // answer "not ready" for so long before closing
  options.server.finish_within = 10s;      // what runs may take that long

  lift::App app(std::move(options));
  app.get("/", [](lift::Context&) { return lift::text("hi"); });
  app.get("/ticks",
          [](lift::Context&) {
            return lift::stream("text/event-stream", [](lift::BodySink& out) -> lift::Task<void> {
              for (int i = 0; i < 3; ++i) {
                co_await out.write("data: tick\n\n");  // waits while the client is slow
                co_await lift::sleep(1s);
              }
            });
          },
          {.unlimited = true});

  if (const auto started = app.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 2;
  }
  std::printf("listening on %s\n", app.addresses().front().c_str());
  app.stop();  // what serve() does on SIGTERM
  return 0;
}
// [/snippet]

int main() { return serve_and_stop(); }
