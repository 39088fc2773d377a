// The code of docs/client.md: a shop that calls a ledger and hands requests on to it.
#include <cstdlib>
#include <memory>
#include <string>

#include "lift/app/app.h"
#include "lift/client/client.h"
#include "lift/client/proxy.h"
#include "lift/http/response.h"
#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"

using namespace std::chrono_literals;

// [snippet]
lift::Result<> wire(lift::App& shop, const std::string& ledger_url) {
  lift::ClientOptions options;
  options.name = "ledger";
  options.upstream.endpoints = {ledger_url};  // several: they take turns, bad ones are left out
  options.attempt_timeout = 2s;
  const auto ledger = lift::Client::make(options, shop.telemetry());
  if (!ledger) return std::unexpected(ledger.error());

  shop.get("/balance", [client = *ledger](lift::Context& ctx) -> lift::Task<lift::Response> {
    lift::ClientRequest request = client->request("GET", "/entries?of=7");
    auto sending = client->send(ctx, request);
    const lift::Result<lift::ClientResponse> answer = co_await sending;
    if (!answer) throw lift::HttpError(502, "LEDGER_AWAY", "The ledger does not answer.");
    co_return lift::text("balance: ", answer->body);
  });

  const auto handler = lift::proxy(*ledger, {.strip_prefix = "/ledger"});
  if (!handler) return std::unexpected(handler.error());
  shop.any("/ledger/{path...}", *handler, {.stream_request = true});
  return {};
}
// [/snippet]

namespace {

std::string get(lift::LoopThread& thread, const std::string& url) {
  const auto asked = thread.run_sync([&url]() -> lift::Task<std::string> {
    lift::HttpClient client(lift::Loop::current());
    lift::ClientRequest request("GET", lift::Url::parse(url).value());
    auto sending = client.send(request);
    const lift::Result<lift::ClientResponse> answer = co_await sending;
    std::string body = answer ? answer->body : answer.error().message;
    co_return body;
  });
  return asked.value_or("");
}

}  // namespace

int main() {
  lift::App ledger(lift::embedded_options());
  ledger.get("/entries", [](lift::Context& ctx) {
    return lift::text(ctx.request().target.query("of").value_or("none"));
  });
  if (!ledger.start()) return EXIT_FAILURE;
  lift::App shop(lift::embedded_options());
  if (!wire(shop, ledger.addresses().front()) || !shop.start()) return EXIT_FAILURE;
  lift::LoopThread thread("asking");
  if (!thread.start()) return EXIT_FAILURE;
  const std::string url = shop.addresses().front();
  const bool right = get(thread, url + "/balance") == "balance: 7" &&
                     get(thread, url + "/ledger/entries?of=8") == "8";
  thread.stop();
  shop.stop();
  ledger.stop();
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
