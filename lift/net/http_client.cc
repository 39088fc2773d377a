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

constexpr std::uint64_t kFirstReserve = 64 * 1024;

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
  void answered() noexcept {
    ended_ = true;
    counters_.answered.add();
  }
  void failed(const Error& error) noexcept {
    ended_ = true;
    for (const auto& [code, counter] : kFailures) {
      if (error.code == code) return (counters_.*counter).add();
    }
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

  static Task<Result<std::unique_ptr<OpenResponse>>> open(std::shared_ptr<Core> core,
                                                          ClientRequest& request);
  static Task<Result<ClientResponse>> send(std::shared_ptr<Core> core, ClientRequest& request);

  detail::ClientSetting setting;
  ConnectionPool pool;
};

/// A request from its beginning to its end, over one connection or, where it may, over a second.
class HttpClient::Opened final : public OpenResponse {
 public:
  explicit Opened(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  Task<Result<>> begin(ClientRequest& request) {
    Result<> begun = check(request, core_->setting.now());
    if (begun) {
      bool again = false;
      Task<Result<>> first = attempt(request, false, again);
      begun = co_await first;
      if (again) {
        core_->setting.counters.repeated.add();
        Task<Result<>> second = attempt(request, true, again);
        begun = co_await second;
      }
    }
    if (!begun) running_.failed(begun.error());
    co_return begun;
  }

  Task<Result<std::optional<std::string_view>>> next() override {
    if (!exchange_) co_return std::optional<std::string_view>();
    Task<Result<std::optional<std::string_view>>> taking = exchange_->next();
    Result<std::optional<std::string_view>> piece = co_await taking;
    if (!piece) {
      running_.failed(piece.error());
      let_go();
    } else if (!*piece) {
      finish();
    }
    co_return piece;
  }

 private:
  Task<Result<>> attempt(ClientRequest& request, bool fresh, bool& again);
  void finish() noexcept;
  void let_go() noexcept {
    exchange_.reset();
    lease_.reset();
  }

  std::shared_ptr<Core> core_;
  Running running_{core_->setting.counters};
  std::optional<ConnectionPool::Lease> lease_;
  std::optional<ClientExchange> exchange_;
};

Task<Result<>> HttpClient::Opened::attempt(ClientRequest& request, bool fresh, bool& again) {
  let_go();
  Task<Result<ConnectionPool::Lease>> acquiring =
      core_->pool.acquire(request.url, request.deadline, fresh);
  Result<ConnectionPool::Lease> acquired = co_await acquiring;
  if (!acquired) co_return std::unexpected(acquired.error());
  lease_.emplace(std::move(*acquired));
  exchange_.emplace(core_->setting, lease_->connection(), request);
  Task<Result<>> beginning = exchange_->begin(head);
  const Result<> begun = co_await beginning;
  again = !begun && lease_->reused() && exchange_->died_unheard() && !exchange_->producer_began() &&
          (idempotent(request.method) || exchange_->nothing_written());
  if (!begun) {
    let_go();
    co_return begun;
  }
  head.reused_connection = lease_->reused();
  const detail::TlsStream* tls = lease_->connection().tls();
  if (tls != nullptr) head.certificate_ends = tls->certificate_ends();
  length = exchange_->length();
  if (exchange_->ended()) finish();
  co_return begun;
}

/// The connection is for the next request, if it may carry one.
void HttpClient::Opened::finish() noexcept {
  running_.answered();
  if (exchange_->reusable()) {
    lease_->keep();
  } else if (exchange_->sent()) {
    lease_->finish();
  }
  let_go();
}

Task<Result<std::unique_ptr<OpenResponse>>> HttpClient::Core::open(std::shared_ptr<Core> core,
                                                                   ClientRequest& request) {
  auto opened = std::make_unique<Opened>(std::move(core));
  Task<Result<>> beginning = opened->begin(request);
  const Result<> begun = co_await beginning;
  if (!begun) co_return std::unexpected(begun.error());
  co_return std::unique_ptr<OpenResponse>(std::move(opened));
}

Task<Result<ClientResponse>> HttpClient::Core::send(std::shared_ptr<Core> core,
                                                    ClientRequest& request) {
  Opened opened(std::move(core));
  Task<Result<>> beginning = opened.begin(request);
  const Result<> begun = co_await beginning;
  if (!begun) co_return std::unexpected(begun.error());
  std::string body;
  body.reserve(std::min(opened.length.value_or(0), kFirstReserve));
  while (true) {
    Task<Result<std::optional<std::string_view>>> taking = opened.next();
    const Result<std::optional<std::string_view>> piece = co_await taking;
    if (!piece) co_return std::unexpected(piece.error());
    if (!*piece) break;
    body.append(**piece);
  }
  opened.head.body = std::move(body);
  co_return std::move(opened.head);
}

HttpClient::HttpClient(Loop& loop, HttpClientOptions options)
    : core_(std::make_shared<Core>(loop, std::move(options))) {}

HttpClient::~HttpClient() { core_->pool.close(); }

Task<Result<ClientResponse>> HttpClient::send(ClientRequest& request) {
  return Core::send(core_, request);
}

Task<Result<std::unique_ptr<OpenResponse>>> HttpClient::open(ClientRequest& request) {
  return Core::open(core_, request);
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
