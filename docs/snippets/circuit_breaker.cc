// The code of docs/circuit-breaker.md: a service whose bank is down.
#include <cstdlib>
#include <memory>
#include <string>

#include "lift/app/app.h"
#include "lift/http/errors.h"
#include "lift/http/response.h"
#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"
#include "lift/resilience/circuit_breaker_layer.h"

using namespace std::chrono_literals;

// [snippet]
std::shared_ptr<lift::CircuitBreakerLayer> guard(lift::App& app) {
  lift::CircuitBreakerLayerOptions options;
  options.name = "bank";
  options.scope = lift::BreakerScope::tenant_and_operation;
  options.breaker.failure_rate = 0.5;  // of at least 20 calls in 10 s; or 5 failures in a row
  options.breaker.open = 5s;           // at first; longer each time a probe fails
  const auto layer = lift::CircuitBreakerLayer::make(options, app.telemetry());
  app.use(layer);  // a mistake in the options is reported when the app starts
  return layer.value_or(nullptr);
}
// [/snippet]

int main() {
  lift::App app(lift::embedded_options());
  const auto breaker = guard(app);
  app.get("/charge", [](lift::Context&) -> lift::Response {
    throw lift::HttpError(502, "BANK_DOWN", "The bank does not answer.");
  });
  if (breaker == nullptr || !app.start()) return EXIT_FAILURE;
  lift::LoopThread thread("asking");
  if (!thread.start()) return EXIT_FAILURE;
  const std::string url = app.addresses().front() + "/charge";
  const auto asked = thread.run_sync([&url]() -> lift::Task<std::string> {
    lift::HttpClient client(lift::Loop::current());
    std::string statuses;
    for (int i = 0; i < 6; ++i) {
      lift::ClientRequest request("GET", lift::Url::parse(url).value());
      auto sending = client.send(request);
      const lift::Result<lift::ClientResponse> answer = co_await sending;
      statuses += answer ? std::to_string(answer->status) + " " : "none ";
    }
    co_return statuses;
  });
  thread.stop();
  app.stop();
  return asked == "502 502 502 502 502 503 " ? EXIT_SUCCESS : EXIT_FAILURE;
}
