#include "payment.h"

#include <array>
#include <cstdio>
#include <utility>

#include "lift/base/uuid.h"

namespace payments {

Payment new_payment(std::int64_t amount, std::string currency,
                    std::optional<std::string> description, lift::WallTime now,
                    lift::Random& random) {
  std::array<char, 36> id{};
  lift::uuid_v7(now, random, id);
  Payment payment;
  payment.id.assign(id.begin(), id.end());
  payment.amount = amount;
  payment.currency = std::move(currency);
  payment.description = std::move(description);
  payment.created_at = rfc3339(now);
  update_status(payment);
  return payment;
}

void update_status(Payment& payment) {
  if (payment.refunded_amount == 0) {
    payment.status = "created";
  } else {
    payment.status = payment.refunded_amount == payment.amount ? "refunded" : "partially_refunded";
  }
}

std::string rfc3339(lift::WallTime time) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::milliseconds>(time - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace payments
