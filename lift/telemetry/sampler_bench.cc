// What the head's decision costs, with and without a reservoir.
#include "benchmarks/bench.h"
#include "lift/telemetry/armed_tenants.h"
#include "lift/telemetry/sampler.h"

namespace lift {
namespace {

bench::Work deciding(double ratio, std::uint32_t reservoir) {
  SamplerOptions options;
  options.rate = {.ratio = ratio, .reservoir = reservoir};
  const auto sampler = Sampler::make(options).value();
  return [sampler](std::uint64_t times) {
    SeededRandom random(1);
    const TraceId trace = new_trace_id(1'700'000'000, random);
    Instant now{std::chrono::seconds(1000)};
    for (; times > 0; --times) {
      now += std::chrono::microseconds(10);
      bench::keep(trace);
      bench::keep(sampler->decide(0, trace, now));
    }
  };
}

bench::Work armed(int tenants) {
  auto set = std::make_shared<ArmedTenants>();
  const Instant now{std::chrono::seconds(1000)};
  for (int i = 0; i < tenants; ++i) (void)set->arm("tenant-" + std::to_string(i), kNever, now);
  return [set, now](std::uint64_t times) {
    std::string_view tenant = "tenant-x";
    for (; times > 0; --times) {
      bench::keep(tenant);
      bench::keep(set->is_armed(tenant, now));
    }
  };
}

const bench::Row kRatio("sampler.decide", bench::Budget(10), [] { return deciding(0.1, 0); });
const bench::Row kReservoir("sampler.decide.reservoir", bench::Budget(20),
                            [] { return deciding(0.05, 1); });
const bench::Row kNobody("armed.none", bench::Budget(10), [] { return armed(0); });
const bench::Row kFull("armed.64", bench::Budget(200), [] { return armed(64); });

}  // namespace
}  // namespace lift
