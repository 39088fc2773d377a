// What a keep-alive request costs its client and a server on one machine, from send() to the
// response's last byte: one at a time, so that it is the wait that counts.
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/base/clock.h"
#include "lift/net/http_client.h"
#include "lift/net/loop_thread.h"
#include "lift/net/server.h"

namespace lift::bench {
namespace {

constexpr int kRequests = 3000;
constexpr int kRounds = 7;

/// Greets whoever asks for whatever.
class Greeter final : public Service {
 public:
  [[nodiscard]] const Chain& route(Context&) noexcept override { return chain_; }

 private:
  Chain chain_ = Chain::build("/", {}, Handler([](Context&) { return text("hello"); }), {}).value();
};

ServerOptions one_loop() {
  ServerOptions options;
  options.listen = {ListenAddress{}};
  options.loops = 1;
  return options;
}

Task<Result<double>> round_trips(HttpClient& client, ClientRequest& request) {
  const Clock& clock = Loop::current().clock();
  const Instant begin = clock.now();
  for (int i = 0; i < kRequests; ++i) {
    Task<Result<ClientResponse>> sending = client.send(request);
    const Result<ClientResponse> answer = co_await sending;
    if (!answer) co_return std::unexpected(answer.error());
  }
  const std::chrono::duration<double, std::micro> spent = clock.now() - begin;
  co_return spent.count() / kRequests;
}

Result<Figures> roundtrip() {
  Greeter greeter;
  Server server(one_loop(), greeter);
  if (const Result<> started = server.start(); !started) return std::unexpected(started.error());
  const Result<Url> url = Url::parse("http://" + server.addresses().front().to_string() + "/");
  LoopThread thread("client");
  if (const Result<> started = thread.start(); !started) return std::unexpected(started.error());
  HttpClient client(thread.loop());
  ClientRequest request("GET", *url);
  std::vector<double> micros;
  for (int round = 0; round <= kRounds; ++round) {
    const auto measured = thread.run_sync([&] { return round_trips(client, request); });
    if (!measured) return std::unexpected(measured.error());
    if (!*measured) return std::unexpected(measured->error());
    if (round > 0) micros.push_back(**measured);  // the first only warms up
  }
  thread.stop();
  return Figures{.value = median(micros)};
}

const Row kRoundtrip("client.roundtrip", "us", roundtrip);

}  // namespace
}  // namespace lift::bench
