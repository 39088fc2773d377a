// The code of docs/bulkhead.md: a service that does two reports at a time.
#include <cstdlib>
#include <memory>
#include <string>

#include "lift/app/app.h"
#include "lift/http/response.h"
#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"
#include "lift/resilience/bulkhead_layer.h"

using namespace std::chrono_literals;

// [snippet]
std::shared_ptr<lift::BulkheadLayer> limit(lift::App& app) {
  lift::BulkheadLayerOptions options;
  options.bulkhead.limit = 200;                 // at work at once; a tenant: half of it
  options.bulkhead.operations["/reports"] = 2;  // slow, so never many
  options.bulkhead.tenants["acme"] = {.limit = 150, .weight = 3};
  options.bulkhead.queue->max_wait = 100ms;  // for a place; 250 ms unless said
  const auto layer = lift::BulkheadLayer::make(options, app.telemetry());
  app.use(layer);  // a mistake in the options is reported when the app starts
  return layer.value_or(nullptr);
}
// [/snippet]

int main() {
  lift::App app(lift::embedded_options());
  const auto bulkhead = limit(app);
  app.get("/reports", [](lift::Context& ctx) -> lift::Task<lift::Response> {
    co_await ctx.sleep(500ms);
    co_return lift::text("a report");
  });
  if (bulkhead == nullptr || !app.start()) return EXIT_FAILURE;
  lift::LoopThread thread("asking");
  if (!thread.start()) return EXIT_FAILURE;
  const std::string url = app.addresses().front() + "/reports";
  const auto asked = thread.run_sync([&url]() -> lift::Task<int> {
    lift::HttpClient client(lift::Loop::current());
    const lift::Url where = lift::Url::parse(url).value();
    lift::ClientRequest one("GET", where);
    lift::ClientRequest two("GET", where);
    lift::ClientRequest three("GET", where);
    auto first = client.send(one);
    auto second = client.send(two);
    auto third = client.send(three);
    int refused = 0;
    for (auto* const sending : {&first, &second, &third}) {
      const lift::Result<lift::ClientResponse> answer = co_await *sending;
      if (answer && answer->status == 503) ++refused;
    }
    co_return refused;
  });
  thread.stop();
  app.stop();
  return asked && *asked == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
