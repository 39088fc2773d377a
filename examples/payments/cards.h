#pragma once
// Asks the card network whether a payment may be made, through a client with deadlines, retries and
// a circuit breaker.

#include <memory>
#include <string>
#include <vector>

#include "create.h"
#include "lift/app/app.h"
#include "lift/client/client.h"

namespace payments {

class Cards {
 public:
  /// Without a URL every payment may be made.
  static lift::Result<std::shared_ptr<Cards>> make(const std::string& url,
                                                   lift::Telemetry& telemetry);

  /// Under the order's key, so that asking again does no harm. Throws HttpError: 402 CARD_DECLINED;
  /// 503 CARD_NETWORK_AWAY while it is left alone; 502 CARD_NETWORK_FAILED.
  lift::Task<void> authorize(lift::Context& ctx, const Order& order) const;

 private:
  explicit Cards(std::shared_ptr<lift::Client> client) : client_(std::move(client)) {}
  std::shared_ptr<lift::Client> client_;
};

/// --card-network
[[nodiscard]] std::vector<lift::Flag> card_flags(std::string& url);

}  // namespace payments
