#pragma once
// A chain under a request that is repeated: what a layer costs is the difference to the chain
// without it.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/chain/run.h"
#include "lift/testing/sim_world.h"

namespace lift::bench {

/// Has every body and delivers at once.
struct Instantly final : Carrier {
  bool want_body(Run&) noexcept override { return true; }
  void commit(Run& run, Response&) noexcept override { run.sent(Delivery::complete); }
  void finished(Run&) noexcept override {}
};

struct ChainBed {
  explicit ChainBed(std::vector<AnyLayer> layers)
      : chain(Chain::build("/", std::move(layers), [](Context&) { return text("ok"); }).value()) {}

  SimWorld world;
  Instantly carrier;
  Chain chain;
  Run run{world.loop(), carrier};
};

/// A loop of the machine's own clock and chance, which nothing runs: for what is measured with
/// their cost.
class RealLoop final : public Loop {
 public:
  [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
  [[nodiscard]] Timers& timers() noexcept override { return timers_; }
  [[nodiscard]] Random& random() noexcept override { return random_; }
  [[nodiscard]] Workers& workers() noexcept override { return workers_; }
  void post(Posted&) noexcept override {}

 private:
  SystemClock clock_;
  SecureRandom random_;
  Timers timers_{clock_.now()};
  WorkerPool workers_{{.threads = 1, .queue = 1}};
};

/// Sends the request that `fill` makes through `layers`, again and again.
inline Work serving(std::vector<AnyLayer> layers, std::function<void(Request&)> fill) {
  return [bed = std::make_unique<ChainBed>(std::move(layers)),
          fill = std::move(fill)](std::uint64_t times) {
    for (; times > 0; --times) {
      fill(bed->run.context().request());
      bed->run.start(bed->chain, {.now = bed->world.now()});
      keep(bed->run.context().response().status);
      bed->run.reset();
    }
  };
}

/// What `layers` add to a chain without any.
inline Result<Figures> added_by(std::vector<AnyLayer> layers,
                                const std::function<void(Request&)>& fill, double budget) {
  const Sample without = sample(serving({}, fill));
  const Sample with = sample(serving(std::move(layers), fill));
  return Figures{.value = with.ns - without.ns, .allocs = with.allocs, .budget = budget};
}

}  // namespace lift::bench
