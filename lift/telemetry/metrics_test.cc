#include "lift/telemetry/metrics.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

TEST(Metrics, Smoke) {
  MetricRegistry metrics(WallTime{});
  const auto created =
      metrics.counters({.name = "payments.created", .unit = "{payment}"}, {"currency"});
  const Counter euros = created.with("EUR");
  euros.add();
  created.with({"USD"}).add(3);
  const Histogram h = metrics.histogram({.name = "d"});
  h.record(0.3);
  EXPECT_EQ(metrics.snapshot(WallTime{}).families.size(), 5U);
  EXPECT_EQ(metrics.problems().text(), "");
}

}  // namespace
}  // namespace lift
