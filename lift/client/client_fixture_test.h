#pragma once
// A client of two endpoints on virtual time; the test says what is on the other side.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "lift/client/client.h"
#include "lift/telemetry/metrics_fixture_test.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {

using namespace std::chrono_literals;

class ClientTest : public testing::Test {
 protected:
  ClientOptions options() {
    ClientOptions wanted;
    wanted.name = "ledger";
    wanted.upstream.endpoints = {"http://a:1/v1", "http://b:2"};
    wanted.breaker = {};
    wanted.transport = [this](Loop&) {
      auto made = std::make_unique<test::FakeTransport>();
      transport = made.get();
      return made;
    };
    return wanted;
  }
  std::shared_ptr<Client> client(const ClientOptions& wanted) {
    auto made = Client::make(wanted, *telemetry).value();
    ClientRequest request = made->request("OPTIONS", "/");  // makes the transport
    static_cast<void>(send(*made, request));
    transport->seen.clear();
    return made;
  }
  Result<ClientResponse> send(Client& client, ClientRequest& request) {
    Task<Result<ClientResponse>> sending = client.send(request);
    while (!sending.done()) world.advance(10ms);
    return sending.take();
  }
  /// A chain that calls the client and answers what it was told, or the error's code.
  Chain chain(std::shared_ptr<Client> client, RouteOptions route = {}) {
    const Handler handler = [client](Context& ctx) -> Task<Response> {
      ctx.limit_deadline(saturating_add(ctx.start(), ctx.route().timeout.value_or(1h)));
      ClientRequest request = client->request("GET", "/x");
      Task<Result<ClientResponse>> sending = client->send(ctx, request);
      const Result<ClientResponse> answer = co_await sending;
      Response response = text(answer ? answer->body : answer.error().code);
      co_return response;
    };
    return std::move(Chain::build("/op", {}, handler, route)).value();
  }
  std::string metric(std::string_view name = "http.client.request.duration") {
    return metrics_test::text_of(telemetry->metrics().snapshot({}), name);
  }
  std::string seen() const {
    std::string all;
    for (const auto& one : transport->seen) all += one.authority + one.target + " ";
    return all;
  }

  SimWorld world;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, world.loop().clock());
  test::FakeTransport* transport = nullptr;
};

}  // namespace lift
