#include "lift/testing/sim_fleet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lift/base/task_scope.h"
#include "lift/ratelimit/fixed_window.h"
#include "lift/ratelimit/limiter.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

class SkewedClock final : public Clock {
 public:
  SkewedClock(const Clock& clock, Duration skew) noexcept : clock_(clock), skew_(skew) {}
  [[nodiscard]] Instant now() const noexcept override { return clock_.now(); }
  [[nodiscard]] WallTime wall() const noexcept override { return clock_.wall() + skew_; }

 private:
  const Clock& clock_;
  const Duration skew_;
};

struct Instance {
  std::unique_ptr<SkewedClock> clock;
  std::shared_ptr<Limiter> limit;
};

double seconds(Duration time) noexcept { return std::chrono::duration<double>(time).count(); }

}  // namespace

struct SimFleet::Inside {
  explicit Inside(SimFleetOptions given)
      : options(std::move(given)),
        random(options.seed),
        world(options.seed),
        store(world.loop(), options.seed),
        window(Quota{.rate = options.quota.rate}) {
    key.add(LimitKey::Part::tenant, "acme");
    limit.name = "fleet";
    limit.quota = options.quota;
    limit.algorithm = options.algorithm;
    limit.max_keys = 8;
    limit.sharing = options.sharing;
    limit.sharing->store = share(store);
    for (unsigned i = 0; i < options.instances; ++i) {
      const double skew =
          (2 * random.uniform() - 1) * static_cast<double>(options.clock_skew.count());
      instances.push_back({std::make_unique<SkewedClock>(world.loop().clock(),
                                                         Duration(static_cast<std::int64_t>(skew))),
                           nullptr});
      start(instances.back());
    }
    report.stated_overshoot = instances.front().limit->overshoot();
  }

  void start(Instance& instance) {
    if (instance.limit) report.fallbacks += instance.limit->fallbacks();
    instance.limit = Limiter::make(limit, *instance.clock, random).value();
  }

  /// Whom a request reaches.
  [[nodiscard]] Instance& pick() {
    const auto count = static_cast<double>(instances.size());
    const double at = std::pow(random.uniform(), 1 + options.skewed) * count;
    return instances[std::min(static_cast<std::size_t>(at), instances.size() - 1)];
  }

  void request() {
    Instance& instance = pick();
    ++report.asked;
    const std::optional<LimitDecision> decision = instance.limit->try_take(key);
    if (decision) return count(*decision);
    static_cast<void>(waits.spawn(wait(instance.limit)));
  }
  Task<void> wait(std::shared_ptr<Limiter> limit_of_it) {
    Task<LimitDecision> deciding = limit_of_it->take(key);
    const LimitDecision decision = co_await deciding;
    count(decision);
  }
  void count(const LimitDecision& decision) {
    if (!decision.allowed) {
      if (decision.source == LimitSource::unavailable) ++report.unavailable;
      return;
    }
    ++report.admitted;
    const Instant now = world.now();
    const double back = seconds(now - last) * rate();
    level = std::max(0.0, level - back) + 1;
    last = now;
    most = std::max(most, level);
    const WallTime begin = window.window(world.loop().clock().wall());
    in_window = begin == current ? in_window + 1 : 1;
    current = begin;
    report.worst_window = std::max(report.worst_window, in_window);
  }
  [[nodiscard]] double rate() const {
    return static_cast<double>(options.quota.rate.count) / seconds(options.quota.rate.per);
  }

  [[nodiscard]] bool quiet() const {
    if (options.burst_every <= Duration::zero()) return false;
    return (world.now().time_since_epoch() / options.burst_every) % 2 == 1;
  }
  void pass(Duration time) {
    const Instant end = world.now() + time;
    const double per_ns = options.demand / 1e9;
    while (world.now() < end) {
      const double gap = -std::log1p(-random.uniform()) / per_ns;
      const auto step = Duration(static_cast<std::int64_t>(std::min(gap, 1e9)));
      world.advance(std::min(step, end - world.now()));
      crash(step);
      if (!quiet() && world.now() < end) request();
    }
    elapsed += time;
  }
  void crash(Duration passed) {
    if (options.crashes <= 0) return;
    const double chance = options.crashes * seconds(passed) * static_cast<double>(instances.size());
    if (random.uniform() < chance) start(instances[random.below(instances.size())]);
  }

  SimFleetOptions options;
  SeededRandom random;
  SimWorld world;
  SimLimitStore store;
  FixedWindow window;
  LimitKey key;
  LimitOptions limit;
  std::vector<Instance> instances;
  SimFleetReport report;
  Duration elapsed{};
  Instant last{};
  double level = 0;
  double most = 0;
  WallTime current{};
  std::uint64_t in_window = 0;
  TaskScope waits;  // ended first: those who wait hold limits
};

SimFleet::SimFleet(SimFleetOptions options)
    : inside_(std::make_unique<Inside>(std::move(options))) {}

SimFleet::~SimFleet() = default;

SimLimitStore& SimFleet::store() noexcept { return inside_->store; }

SimFleetReport SimFleet::run(Duration time) {
  Inside& in = *inside_;
  in.pass(time);
  SimFleetReport report = in.report;
  for (const Instance& instance : in.instances) report.fallbacks += instance.limit->fallbacks();
  report.admitted_per_second = static_cast<double>(report.admitted) / seconds(in.elapsed);
  report.writes_per_second = static_cast<double>(in.store.writes()) / seconds(in.elapsed);
  report.worst_excess = in.most - static_cast<double>(in.options.quota.burst_size());
  return report;
}

}  // namespace lift
