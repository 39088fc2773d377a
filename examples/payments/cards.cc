#include "cards.h"

#include <chrono>
#include <utility>

namespace payments {
namespace {

using namespace std::chrono_literals;

struct Authorization {
  std::int64_t amount = 0;
  std::string currency;
  static void describe(lift::Fields<Authorization>& f) {
    f.field("amount", &Authorization::amount);
    f.field("currency", &Authorization::currency);
  }
};

lift::HttpError as_http_error(const lift::Error& error) {
  const std::string cause = error.code + ": " + error.message;
  if (error.code != "circuit_open") {
    return lift::HttpError(502, "CARD_NETWORK_FAILED", "The card network does not answer")
        .because(cause);
  }
  return lift::HttpError(503, "CARD_NETWORK_AWAY", "The card network is left alone for a while")
      .header("retry-after", "5")
      .because(cause);
}

}  // namespace

lift::Result<std::shared_ptr<Cards>> Cards::make(const std::string& url,
                                                 lift::Telemetry& telemetry) {
  if (url.empty()) return std::shared_ptr<Cards>(new Cards(nullptr));
  lift::ClientOptions options;
  options.name = "card-network";
  options.upstream.endpoints = {url};
  options.timeout = 3s;
  options.attempt_timeout = 500ms;
  auto client = lift::Client::make(std::move(options), telemetry);
  if (!client) return std::unexpected(client.error());
  return std::shared_ptr<Cards>(new Cards(std::move(*client)));
}

lift::Task<void> Cards::authorize(lift::Context& ctx, const Order& order) const {
  if (client_ == nullptr) co_return;
  lift::ClientRequest request = client_->request("POST", "/authorizations");
  request.headers.set("content-type", "application/json");
  request.headers.set("idempotency-key", order.tenant + "/" + order.key.value_or(order.payment.id));
  const Authorization wanted{order.payment.amount, order.payment.currency};
  request.body = lift::to_json(wanted);
  auto sending = client_->send(ctx, request);
  const lift::Result<lift::ClientResponse> answer = co_await sending;
  if (!answer) throw as_http_error(answer.error());
  if (answer->status == 402) {
    throw lift::HttpError(402, "CARD_DECLINED", "The card was declined");
  }
  if (answer->status != 200) {
    throw lift::HttpError(502, "CARD_NETWORK_FAILED", "The card network failed")
        .because("it answered " + std::to_string(answer->status));
  }
}

std::vector<lift::Flag> card_flags(std::string& url) {
  return {{"--card-network", "PAYMENTS_CARD_NETWORK", "URL",
           "who authorizes payments, such as ./run card-network --management off (nobody)",
           [&url](const std::string& value) -> lift::Result<> {
             if (const auto parsed = lift::Url::parse(value); !parsed) {
               return std::unexpected(parsed.error());
             }
             url = value;
             return {};
           }}};
}

}  // namespace payments
