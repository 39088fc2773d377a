#pragma once
// What the service counts beside its requests: payments made, by currency.

#include <algorithm>
#include <array>
#include <string_view>

#include "lift/telemetry/metrics.h"

namespace payments {

/// The currencies that a charge may be in: see Charge.
inline constexpr std::array<std::string_view, 4> kCurrencies{"EUR", "GBP", "JPY", "USD"};

class PaymentMetrics {
 public:
  explicit PaymentMetrics(lift::MetricRegistry& metrics) {
    const auto family = metrics.counters({.name = "payments.created",
                                          .description = "Payments that were made.",
                                          .unit = "{payment}"},
                                         {"currency"});
    std::ranges::transform(kCurrencies, created_.begin(),
                           [&family](std::string_view code) { return family.with(code); });
  }

  /// One of kCurrencies.
  void created(std::string_view currency) const {
    const auto at = std::ranges::find(kCurrencies, currency) - kCurrencies.begin();
    if (at < std::ssize(kCurrencies)) created_[static_cast<std::size_t>(at)].add();
  }

 private:
  std::array<lift::Counter, kCurrencies.size()> created_;
};

}  // namespace payments
