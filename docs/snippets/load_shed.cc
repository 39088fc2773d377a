// The code of docs/load-shedding.md: a service that knows what matters more.
#include <cstdlib>
#include <memory>
#include <string>

#include "lift/app/app.h"
#include "lift/http/response.h"
#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"

using namespace std::chrono_literals;

// [snippet]
lift::AppOptions careful(lift::AppOptions options) {
  options.load_shed->shed.target_wait = 10ms;  // 20 ms unless said
  options.load_shed->shed.retry_after = 5s;    // told to clients: 5 to 15 s
  return options;
}

void wire(lift::App& app) {
  using enum lift::Priority;
  app.post("/payments", [](lift::Context&) { return lift::text("paid"); }, {.priority = high});
  app.get("/statistics", [](lift::Context&) { return lift::text("42"); }, {.priority = low});
}
// [/snippet]

int main() {
  lift::App app(careful(lift::embedded_options()));
  wire(app);
  if (!app.start()) return EXIT_FAILURE;
  lift::LoopThread thread("asking");
  if (!thread.start()) return EXIT_FAILURE;
  const std::string url = app.addresses().front() + "/statistics";
  const auto asked = thread.run_sync([&url]() -> lift::Task<std::string> {
    lift::HttpClient client(lift::Loop::current());
    lift::ClientRequest request("GET", lift::Url::parse(url).value());
    auto sending = client.send(request);
    const lift::Result<lift::ClientResponse> answer = co_await sending;
    co_return answer ? answer->body : "";
  });
  thread.stop();
  app.stop();
  return asked == "42" ? EXIT_SUCCESS : EXIT_FAILURE;
}
