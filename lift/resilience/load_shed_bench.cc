// What load shedding costs a request: while all are admitted, and while some are not.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/resilience/load_shed.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct Bed {
  explicit Bed(double share) {
    LoadShedOptions options;
    if (share < 1) options.custom = [share](const LoadSignals&) { return share; };
    shed = LoadShed::make(options, 1, world.loop().random());
    for (int i = 0; i < 1'000; ++i) tenants.push_back("tenant-" + std::to_string(i));
    for (int i = 0; i < 1'000; ++i) {
      request(static_cast<std::uint64_t>(i));
      world.advance(1ms);
    }
  }
  void request(std::uint64_t n) {
    const std::string& tenant = tenants[n % tenants.size()];
    const auto decision = shed->enter(world.loop(), {.tenant = tenant}, world.now());
    if (decision.reason == ShedReason::none) shed->leave(world.loop(), outcome);
  }

  SimWorld world;
  std::vector<std::string> tenants;
  std::shared_ptr<LoadShed> shed;
  Outcome outcome;
};

bench::Work gate(double share) {
  return [bed = std::make_unique<Bed>(share)](std::uint64_t times) {
    for (; times > 0; --times) bed->request(times);
  };
}

const bench::Row kGate("shed.gate", bench::Budget(20), [] { return gate(1); });
const bench::Row kShedding("shed.gate.shedding", bench::Budget(50), [] { return gate(0.5); });

}  // namespace
}  // namespace lift
