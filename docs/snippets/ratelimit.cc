// What docs/ratelimit.md shows: two limits at once, one of them changed for one tenant.
#include <cstdlib>

#include "lift/ratelimit/rate_limit.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

// [snippet]
lift::RateLimitOptions limits() {
  lift::LimitOptions tenants = lift::per_tenant({.rate = lift::per_second(100), .burst = 20});
  tenants.tenants["acme"] = {.rate = lift::per_second(1000)};
  lift::LimitOptions logins = lift::per_client({.rate = lift::per_minute(5)});
  logins.name = "logins";
  logins.operations = {"/login"};
  logins.charge = lift::LimitCharge::failures;  // who logs in is not limited, who guesses is
  return {.limits = {tenants, logins}};
}
// In an app: options.rate_limit = limits(); and, while it serves, app.update(limits());
// [/snippet]

int main() {
  lift::SimWorld world;
  lift::Telemetry telemetry({}, world.loop().clock());
  const auto layer = lift::RateLimit::make(limits(), telemetry).value();
  const auto wrong = [](lift::Context&) { return lift::text("no").with_status(403); };
  const auto chain = lift::Chain::build("/login", {lift::AnyLayer(layer)}, wrong).value();
  for (int i = 0; i < 5; ++i) {
    if (world.get(chain, "/login")->status() != 403) return EXIT_FAILURE;
  }
  const auto sixth = world.get(chain, "/login");
  return sixth->status() == 429 && sixth->headers().value("retry-after") == "12" ? EXIT_SUCCESS
                                                                                 : EXIT_FAILURE;
}
