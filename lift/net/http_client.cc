#include "lift/net/http_client.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/net/detail/client_exchange.h"
#include "lift/net/detail/client_setting.h"
#include "lift/net/detail/connection_pool.h"
#include "lift/net/detail/tls.h"

namespace lift {

using detail::ClientCounters;
using detail::ClientExchange;
using detail::ConnectionPool;

namespace {

constexpr std::array<std::pair<std::string_view, detail::Counter ClientCounters::*>, 10> kFailures{
    {{"bad_request", &ClientCounters::bad_request},
     {"resolve_failed", &ClientCounters::resolve_failed},
     {"connect_failed", &ClientCounters::connect_failed},
     {"connect_timeout", &ClientCounters::connect_timeout},
     {"tls_failed", &ClientCounters::tls_failed},
     {"timeout", &ClientCounters::timeout},
     {"connection_lost", &ClientCounters::connection_lost},
     {"bad_response", &ClientCounters::bad_response},
     {"too_large", &ClientCounters::too_large},
     {"busy", &ClientCounters::busy}}};

void count(ClientCounters& counters, const Result<ClientResponse>& answer) noexcept {
  if (answer) return counters.answered.add();
  for (const auto& [code, counter] : kFailures) {
    if (answer.error().code == code) return (counters.*counter).add();
  }
}

/// Counts a request as running while it lives, and as cancelled if it does not come to its end.
class Running {
 public:
  explicit Running(ClientCounters& counters) noexcept : counters_(counters) {
    counters_.requests.add();
    counters_.running.add();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    counters_.running.subtract();
    if (!ended_) counters_.cancelled.add();
  }
  void ended(const Result<ClientResponse>& answer) noexcept {
    ended_ = true;
    count(counters_, answer);
  }

 private:
  ClientCounters& counters_;
  bool ended_ = false;
};

bool idempotent(std::string_view method) noexcept {
  constexpr std::array<std::string_view, 5> kIdempotent = {"GET", "HEAD", "PUT", "DELETE",
                                                           "OPTIONS"};
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

Result<> check(const ClientRequest& request, Instant now) {
  if (!ascii::is_token(request.method) || request.method == "CONNECT") {
    return fail("bad_request", "the method must be a token, and not CONNECT");
  }
  if (const Result<> url = request.url.check(); !url) {
    return fail("bad_request", url.error().message);
  }
  if (request.producer && !request.body.empty()) {
    return fail("bad_request", "a body and a producer of one exclude each other");
  }
  if (now >= request.deadline) return fail("timeout", "the deadline had passed before the request");
  return {};
}

detail::NetLoop& net_loop(Loop& loop) {
  auto* net = dynamic_cast<detail::NetLoop*>(&loop);
  if (net == nullptr) {
    std::fputs("lift: an HttpClient needs the loop of a server or of a LoopThread\n", stderr);
    std::abort();
  }
  return *net;
}

HttpClientOptions checked(HttpClientOptions options) {
  const Problems problems = options.validate();
  if (!problems.empty()) throw std::invalid_argument(problems.text());
  return options;
}

}  // namespace

/// Lives as long as the client or any of its requests.
struct HttpClient::Core {
  Core(Loop& loop, HttpClientOptions options)
      : setting(net_loop(loop), checked(std::move(options))), pool(setting) {}

  static Task<Result<ClientResponse>> send(std::shared_ptr<Core> core, ClientRequest& request);
  /// One attempt; sets `again` if there may be another.
  Task<Result<ClientResponse>> attempt(ClientRequest& request, bool fresh, bool& again);

  detail::ClientSetting setting;
  ConnectionPool pool;
};

Task<Result<ClientResponse>> HttpClient::Core::send(std::shared_ptr<Core> core,
                                                    ClientRequest& request) {
  Running running(core->setting.counters);
  Result<ClientResponse> answer;
  const Result<> sound = check(request, core->setting.now());
  if (sound) {
    bool again = false;
    Task<Result<ClientResponse>> first = core->attempt(request, false, again);
    answer = co_await first;
    if (again) {
      core->setting.counters.repeated.add();
      Task<Result<ClientResponse>> second = core->attempt(request, true, again);
      answer = co_await second;
    }
  } else {
    answer = std::unexpected(sound.error());
  }
  running.ended(answer);
  co_return answer;
}

Task<Result<ClientResponse>> HttpClient::Core::attempt(ClientRequest& request, bool fresh,
                                                       bool& again) {
  Task<Result<ConnectionPool::Lease>> acquiring =
      pool.acquire(request.url, request.deadline, fresh);
  Result<ConnectionPool::Lease> lease = co_await acquiring;
  if (!lease) co_return std::unexpected(lease.error());
  ClientExchange exchange(setting, lease->connection(), request);
  Task<Result<ClientResponse>> exchanging = exchange.run();
  Result<ClientResponse> answer = co_await exchanging;
  if (answer) {
    answer->reused_connection = lease->reused();
    const detail::TlsStream* tls = lease->connection().tls();
    if (tls != nullptr) answer->certificate_ends = tls->certificate_ends();
    if (exchange.reusable()) {
      lease->keep();
    } else if (exchange.sent()) {
      lease->finish();
    }
  }
  again = lease->reused() && exchange.died_unheard() && !exchange.producer_began() &&
          (idempotent(request.method) || exchange.nothing_written());
  co_return answer;
}

HttpClient::HttpClient(Loop& loop, HttpClientOptions options)
    : core_(std::make_shared<Core>(loop, std::move(options))) {}

HttpClient::~HttpClient() { core_->pool.close(); }

Task<Result<ClientResponse>> HttpClient::send(ClientRequest& request) {
  return Core::send(core_, request);
}

HttpClientStats HttpClient::stats() const noexcept {
  const ClientCounters& c = core_->setting.counters;
  return {.connections = c.connections.value(),
          .idle = c.idle.value(),
          .running = c.running.value(),
          .waiting = c.waiting.value(),
          .connected = c.connected.value(),
          .requests = c.requests.value(),
          .answered = c.answered.value(),
          .reused = c.reused.value(),
          .repeated = c.repeated.value(),
          .queued = c.queued.value(),
          .cancelled = c.cancelled.value(),
          .lookups = c.lookups.value(),
          .failures = {.bad_request = c.bad_request.value(),
                       .resolve_failed = c.resolve_failed.value(),
                       .connect_failed = c.connect_failed.value(),
                       .connect_timeout = c.connect_timeout.value(),
                       .tls_failed = c.tls_failed.value(),
                       .timeout = c.timeout.value(),
                       .connection_lost = c.connection_lost.value(),
                       .bad_response = c.bad_response.value(),
                       .too_large = c.too_large.value(),
                       .busy = c.busy.value()}};
}

}  // namespace lift
