// What docs/metrics.md shows: a counter with a label, a histogram, an observed depth, and a scrape.
#include <cstdlib>
#include <string>

#include "lift/telemetry/histogram_point.h"
#include "lift/telemetry/metrics.h"
#include "lift/telemetry/prometheus.h"

// [snippet]
struct PaymentMetrics {
  explicit PaymentMetrics(lift::MetricRegistry& metrics)
      : created(metrics.counters({.name = "payments.created",
                                  .description = "Payments that were accepted.",
                                  .unit = "{payment}"},
                                 {"currency"})),
        euros(created.with("EUR")),
        amount(metrics.histogram({.name = "payments.amount",
                                  .unit = "EUR",
                                  .bounds = {10, 100, 1000},
                                  .lowest_exponent = -7,
                                  .highest_exponent = 20})) {}

  lift::CounterFamily<1> created;
  lift::Counter euros;  // resolved once: with() takes a lock, add() does not
  lift::Histogram amount;
};

void pay(const PaymentMetrics& metrics, double amount) {
  metrics.euros.add();
  metrics.amount.record(amount);
}
// [/snippet]

int main() {
  lift::MetricRegistry metrics(lift::WallTime{});
  const PaymentMetrics payments(metrics);
  pay(payments, 42);
  pay(payments, 420);
  double depth = 3;
  const auto observed =
      metrics.observe(lift::MetricKind::gauge, {.name = "queue.depth"}, [&] { return depth; });
  std::string body;
  lift::encode(lift::PrometheusFormat::text, metrics.snapshot(lift::WallTime{}), {}, body);
  const bool told = body.contains("payments_created_total{currency=\"EUR\"} 2\n") &&
                    body.contains("payments_amount_EUR_bucket{le=\"100\"} 1\n") &&
                    body.contains("queue_depth 3\n");
  const auto median = lift::quantile(payments.amount.read(), 0.5);
  return told && metrics.problems().empty() && median > 40 && median < 44 ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE;
}
