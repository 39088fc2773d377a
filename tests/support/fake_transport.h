#pragma once
// A network on virtual time: what is on the other side is the test's to say.

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lift/base/sleep.h"
#include "lift/base/when.h"
#include "lift/http/transport.h"

namespace lift::test {

/// A response with a body and some headers.
inline ClientResponse answer(int status, std::string body = "",
                             std::vector<std::pair<std::string, std::string>> headers = {}) {
  ClientResponse response;
  response.status = status;
  response.body = std::move(body);
  for (const auto& [name, value] : headers) response.headers.add(name, value);
  return response;
}

class FakeTransport final : public HttpTransport {
 public:
  using Answer = std::function<Task<Result<ClientResponse>>(const ClientRequest&)>;
  struct Seen {
    Instant time;
    std::string target;
    Headers headers;
    std::string body;
    std::string authority;
  };

  /// What every request is answered with, unless `script` still has something.
  Answer always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_return answer(200);
  };
  std::deque<Answer> script;
  std::vector<Seen> seen;
  int in_flight = 0;
  int most_in_flight = 0;

  void then(ClientResponse response) {
    script.push_back(
        [response](const ClientRequest&) -> Task<Result<ClientResponse>> { co_return response; });
  }
  void then_error(std::string code) {
    script.push_back([code](const ClientRequest&) -> Task<Result<ClientResponse>> {
      co_return fail(code, "as the test wants it");
    });
  }
  void then_never() { script.push_back(never()); }
  static Answer never() {
    return [](const ClientRequest&) -> Task<Result<ClientResponse>> {
      co_await sleep(std::chrono::hours(1'000));
      co_return fail("connection_lost", "");
    };
  }

  Task<Result<ClientResponse>> send(ClientRequest& request) override {
    Answer reply = always;
    if (!script.empty()) {
      reply = std::move(script.front());
      script.pop_front();
    }
    const Flight flight(*this);
    Loop& loop = Loop::current();
    seen.push_back({loop.clock().now(), request.url.target, request.headers, request.body,
                    request.url.authority()});
    if (request.deadline == kNever) co_return co_await reply(request);
    Task<void> out_of_time = until(request.deadline - loop.clock().now());
    Task<Result<ClientResponse>> replied = reply(request);
    auto first = co_await when_any(std::move(replied), std::move(out_of_time));
    if (first.index() == 1) co_return fail("timeout", "");
    co_return std::move(std::get<0>(first));
  }

 private:
  struct Flight {
    explicit Flight(FakeTransport& owner) : transport(owner) {
      transport.most_in_flight = std::max(transport.most_in_flight, ++transport.in_flight);
    }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;
    ~Flight() { --transport.in_flight; }
    FakeTransport& transport;
  };
  static Task<void> until(Duration time) { co_await sleep(time); }
};

}  // namespace lift::test
