// The code of docs/http-client.md: a server and a client that asks it, in one program.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "lift/app/app.h"
#include "lift/http/response.h"
#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"

using namespace std::chrono_literals;

// [snippet]
lift::Task<lift::Result<std::string>> ask(lift::HttpTransport& http, std::string text) {
  const lift::Result<lift::Url> url = lift::Url::parse(text);
  if (!url) co_return std::unexpected(url.error());
  lift::ClientRequest request("GET", *url);
  request.headers.add("accept", "text/plain");
  request.deadline = lift::saturating_add(lift::Loop::current().clock().now(), 2s);
  lift::Result<lift::ClientResponse> answer = co_await http.send(request);
  if (!answer) co_return std::unexpected(answer.error());  // no response: see the errors below
  if (answer->status != 200) co_return lift::fail("refused", std::to_string(answer->status));
  co_return std::move(answer->body);
}

lift::Result<std::string> ask_once(const std::string& url) {
  lift::LoopThread thread("client");  // in a server, its own loops are used
  if (const auto started = thread.start(); !started) return std::unexpected(started.error());
  lift::HttpClientOptions options;
  options.connect_timeout = 1s;
  lift::HttpClient client(thread.loop(), options);
  lift::Result<lift::Result<std::string>> body = thread.run_sync([&] { return ask(client, url); });
  thread.stop();
  return body ? std::move(*body) : std::unexpected(body.error());
}
// [/snippet]

int main() {
  lift::AppOptions options;
  options.server.listen = {{.host = "127.0.0.1", .port = 0, .unix_path = ""}};
  options.server.lame_duck = 0s;
  lift::App app(std::move(options));
  app.get("/hello", [](lift::Context&) { return lift::text("hello"); });
  if (!app.start()) return EXIT_FAILURE;
  const auto body = ask_once(app.addresses().front() + "/hello");
  const auto none = ask_once(app.addresses().front() + "/none");
  app.stop();
  if (!body) std::fprintf(stderr, "%s\n", body.error().message.c_str());
  const bool right = body && *body == "hello" && !none && none.error().message == "404";
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
