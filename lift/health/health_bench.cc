// What a probe costs, and what the layer costs every other request.
#include "benchmarks/chain_bed.h"
#include "lift/health/health_body.h"
#include "lift/health/health_layer.h"

namespace lift {
namespace {

struct HealthBed {
  SystemClock clock;
  std::shared_ptr<Telemetry> telemetry = std::make_shared<Telemetry>(TelemetryOptions{}, clock);
  std::shared_ptr<Health> health = Health::make({}, telemetry).value();
  SimWorld world;

  HealthBed() {
    for (int i = 0; i < 10; ++i) {
      (void)health->add(
          async_check({.name = "check-" + std::to_string(i), .gates = HealthGate::ready},
                      []() -> Task<CheckResult> {
                        CheckResult pass;
                        co_return pass;
                      }));
    }
    health->start(world.loop(), world.loop().workers());
    health->started();
    world.loop().settle();
  }
  HealthBed(const HealthBed&) = delete;
  HealthBed& operator=(const HealthBed&) = delete;
  ~HealthBed() { (void)health->stop(Duration::zero()); }
};

const bench::Row kProbe("health.probe", "ns", [] {
  HealthBed bed;
  const bench::Sample sample = bench::sample([&bed](std::uint64_t times) {
    for (; times > 0; --times) {
      const Response response = ready_response(*bed.health, bed.clock.now());
      bench::keep(response.status);
    }
  });
  return Result<bench::Figures>(
      bench::Figures{.value = sample.ns, .allocs = sample.allocs, .budget = 1000});
});

const bench::Row kPassed("health.passed", "ns", [] {
  const HealthBed bed;
  const auto fill = [](Request& request) { (void)request; };
  return bench::added_by({AnyLayer(std::make_shared<HealthLayer>(bed.health))}, fill, 10);
});

const bench::Row kResult("health.result.1000", "us", [] {
  SystemClock clock;
  const auto telemetry = std::make_shared<Telemetry>(TelemetryOptions{}, clock);
  const auto health = Health::make({}, telemetry).value();
  SimWorld world;
  for (int i = 0; i < 1000; ++i) {
    (void)health->add(
        async_check({.name = "check-" + std::to_string(i)}, []() -> Task<CheckResult> {
          CheckResult pass;
          co_return pass;
        }));
  }
  health->start(world.loop(), world.loop().workers());
  const auto runs = [&health] {
    std::uint64_t all = 0;
    for (const auto& check : health->share()->checks) all += check->runs;
    return all;
  };
  world.advance(std::chrono::seconds(2));
  const std::uint64_t before = runs();
  const Instant begun = clock.now();
  world.advance(std::chrono::minutes(2));
  const double us = std::chrono::duration<double, std::micro>(clock.now() - begun).count();
  const double each = us / static_cast<double>(runs() - before);
  (void)health->stop(Duration::zero());
  return Result<bench::Figures>(bench::Figures{.value = each, .budget = 100});
});

}  // namespace
}  // namespace lift
