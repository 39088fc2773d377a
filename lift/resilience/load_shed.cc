#include "lift/resilience/load_shed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lift/resilience/detail/duration_buckets.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using detail::DurationBuckets;

constexpr Duration kProbe = 10ms;
/// A window that is so much longer than it should be was none: nobody came.
constexpr int kStale = 4;
constexpr Duration kLeastAdapt = 1s;
constexpr Duration kMostAdapt = 30s;

AdaptiveLimitOptions limit_of(const LoadShedOptions& options, unsigned cores) {
  if (options.at_work) return *options.at_work;
  cores = std::clamp(cores, 1U, 128U);
  return {.initial = 512 * cores, .minimum = 32 * cores, .maximum = 100'000};
}

/// Single-writer: no read-modify-write.
template <class Number>
void add(std::atomic<Number>& counter, Number by) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

ShedReason judge(const LoadShedOptions& options, const LoadSignals& signals) noexcept {
  if (signals.queue_wait > options.target_wait) return ShedReason::queue_wait;
  const MachineLoad& machine = signals.machine;
  if (machine.cpu.value_or(0) >= options.cpu && signals.queue_wait > options.target_wait / 4) {
    return ShedReason::cpu;
  }
  const bool short_of_memory = machine.memory.value_or(0) >= options.memory ||
                               machine.memory_stall.value_or(0) >= options.memory_stall;
  return short_of_memory ? ShedReason::memory : ShedReason::none;
}

/// All are admitted where the user's function throws.
double custom_share(const LoadShedOptions& options, const LoadSignals& signals) noexcept {
  try {
    const double share = options.custom(signals);
    return share >= 0 ? share : 1;
  } catch (...) {
    return 1;
  }
}

}  // namespace

std::string_view to_string(ShedReason reason) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"none",   "queue_wait", "cpu",
                                                   "memory", "custom",     "in_flight"};
  return kNames[static_cast<std::size_t>(reason)];
}

/// What has been counted, of one loop or all.
struct LoadShed::Window {
  std::uint64_t arrived = 0;
  std::uint64_t ended = 0;
  std::uint64_t lost = 0;
  std::uint32_t most_at_work = 0;
  double wait = 0;  ///< mean of the loops' means, in nanoseconds
  ShedControl::Arrivals by_level{};
  std::array<std::uint64_t, DurationBuckets::kCount> durations{};
};

/// A loop's counters, which it alone writes, and its timer.
class LoadShed::PerLoop final : public LoopLocal {
 public:
  PerLoop(std::shared_ptr<LoadShed> shed, Loop& loop) : shed_(std::move(shed)), loop_(loop) {
    const std::lock_guard lock(shed_->mutex_);
    shed_->loops_.push_back(this);
  }
  ~PerLoop() override {
    const std::lock_guard lock(shed_->mutex_);
    std::erase(shed_->loops_, this);
  }

  void arrived(Instant now) {
    add(arrived_, std::uint64_t{1});
    if (probe_.armed()) return;
    arm(now);
    shed_->decide(now);  // the last decision may be old
  }
  void count(ShedLevel level) noexcept { add(by_level_[level], std::uint32_t{1}); }
  void at_work(std::uint32_t now) noexcept {
    if (now > most_at_work_.load(std::memory_order_relaxed)) {
      most_at_work_.store(now, std::memory_order_relaxed);
    }
  }
  void ended(Duration time, bool lost) noexcept {
    add(ended_, std::uint64_t{1});
    if (lost) add(lost_, std::uint64_t{1});
    add(durations_[DurationBuckets::of(time)], std::uint32_t{1});
  }

  /// Adds to `window` what was counted since the last time. False if the timer has not fired.
  bool gather(Window& window) noexcept {
    window.arrived += news(arrived_, seen_.arrived);
    window.ended += news(ended_, seen_.ended);
    window.lost += news(lost_, seen_.lost);
    const std::uint32_t most = most_at_work_.exchange(0, std::memory_order_relaxed);
    window.most_at_work = std::max(window.most_at_work, most);
    for (std::size_t i = 0; i < by_level_.size(); ++i) {
      window.by_level[i] += news(by_level_[i], seen_.by_level[i]);
    }
    for (std::size_t i = 0; i < durations_.size(); ++i) {
      window.durations[i] += news(durations_[i], seen_.durations[i]);
    }
    const std::uint64_t probes = news(probes_, seen_.probes);
    const std::uint64_t waited = news(waited_, seen_.waited);
    if (probes == 0) return false;
    window.wait += static_cast<double>(waited) / static_cast<double>(probes);
    return true;
  }

 private:
  struct Probe : Timer {
    explicit Probe(PerLoop& its) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<Probe&>(timer).loop.fired(); }),
          loop(its) {}
    PerLoop& loop;
  };
  struct Seen {
    std::uint64_t arrived = 0;
    std::uint64_t ended = 0;
    std::uint64_t lost = 0;
    std::uint64_t probes = 0;
    std::uint64_t waited = 0;
    std::array<std::uint32_t, ShedControl::kLevels> by_level{};
    std::array<std::uint32_t, DurationBuckets::kCount> durations{};
  };
  template <class Number>
  static Number news(const std::atomic<Number>& counter, Number& seen) noexcept {
    const Number now = counter.load(std::memory_order_relaxed);
    return now - std::exchange(seen, now);
  }

  void arm(Instant now) noexcept {
    due_ = now + kProbe;
    at_last_probe_ = arrived_.load(std::memory_order_relaxed);
    loop_.timers().arm(probe_, due_);
  }
  void fired() noexcept {
    const Instant now = loop_.clock().now();
    add(probes_, std::uint64_t{1});
    add(waited_, static_cast<std::uint64_t>((now - due_).count()));
    if (arrived_.load(std::memory_order_relaxed) != at_last_probe_) arm(now);
    shed_->decide(now);
  }

  const std::shared_ptr<LoadShed> shed_;
  Loop& loop_;
  Probe probe_{*this};
  Instant due_{};
  std::uint64_t at_last_probe_ = 0;
  std::atomic<std::uint64_t> arrived_{0};
  std::atomic<std::uint64_t> ended_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> probes_{0};
  std::atomic<std::uint64_t> waited_{0};
  std::atomic<std::uint32_t> most_at_work_{0};
  std::array<std::atomic<std::uint32_t>, ShedControl::kLevels> by_level_{};
  std::array<std::atomic<std::uint32_t>, DurationBuckets::kCount> durations_{};
  Seen seen_;  // of whoever decides
};

std::shared_ptr<LoadShed> LoadShed::make(const LoadShedOptions& options, unsigned cores,
                                         Random& random) {
  return std::shared_ptr<LoadShed>(new LoadShed(options, cores, random));
}

LoadShed::LoadShed(const LoadShedOptions& options, unsigned cores, Random& random)
    : options_(options),
      cores_(cores),
      secret_{.low = random.next(), .high = random.next()},
      source_(options.source ? options.source : std::make_shared<CgroupLoad>()),
      limit_(limit_of(options, cores).initial),
      control_(options.most_shed),
      adaptive_(limit_of(options, cores)),
      gathered_(std::make_unique<Window>()) {
  for (std::atomic<double>& one : machine_) one.store(-1);
}

LoadShed::~LoadShed() = default;

void LoadShed::update(const LoadShedOptions& options) {
  const auto before = options_.share();
  options_.replace(options);
  if (before->at_work != options.at_work) renew_limit_.store(true);
}

LoadShed::PerLoop& LoadShed::at(Loop& loop) {
  LoopLocal* const known = loop.kept(this);
  if (known != nullptr) return static_cast<PerLoop&>(*known);
  return static_cast<PerLoop&>(
      loop.keep(this, std::make_unique<PerLoop>(shared_from_this(), loop)));
}

LoadShed::Decision LoadShed::enter(Loop& loop, const Asked& asked, Instant now) {
  PerLoop& here = at(loop);
  here.arrived(now);
  Decision decision;
  if (counting_.load(std::memory_order_relaxed)) {
    decision.level = level_of(asked, now, loop.random());
    here.count(decision.level);
    if (!control_.admits(decision.level, loop.random())) {
      decision.reason = reason_.load(std::memory_order_relaxed);
      return decision;
    }
  }
  if (!asked.counts) return decision;
  const std::uint32_t limit = limit_.load(std::memory_order_relaxed);
  std::uint32_t count = at_work_.load(std::memory_order_relaxed);
  do {
    if (count >= limit) {
      here.at_work(count);
      decision.reason = ShedReason::in_flight;
      return decision;
    }
  } while (!at_work_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed));
  here.at_work(count + 1);
  return decision;
}

void LoadShed::leave(Loop& loop, const Outcome& outcome) noexcept {
  at_work_.fetch_sub(1, std::memory_order_relaxed);
  const bool ended = outcome.kind == OutcomeKind::success || outcome.kind == OutcomeKind::failure ||
                     outcome.kind == OutcomeKind::ignored || outcome.kind == OutcomeKind::timeout;
  if (!ended) return;
  at(loop).ended(outcome.duration, outcome.kind == OutcomeKind::timeout);
}

ShedLevel LoadShed::level_of(const Asked& asked, Instant now, Random& random) const {
  if (asked.priority == Priority::critical) return ShedControl::kNever;
  if (options_.read().strategy == LoadShedStrategy::random) return 0;
  if (asked.tenant.empty()) return ShedControl::level_of(asked.priority, random.next());
  const auto hour = static_cast<std::uint64_t>(now.time_since_epoch() / 1h);
  return ShedControl::level_of(
      asked.priority, sip_hash({.low = secret_.low + hour, .high = secret_.high}, asked.tenant));
}

/// By one loop at a time, if it is time to.
void LoadShed::decide(Instant now) noexcept {
  if (now.time_since_epoch().count() < next_.load(std::memory_order_relaxed)) return;
  if (deciding_.test_and_set(std::memory_order_acquire)) return;
  const LoadShedOptions& options = options_.read();
  if (renew_limit_.exchange(false)) {
    adaptive_ = AdaptiveLimit(limit_of(options, cores_));
    limit_.store(adaptive_.limit(), std::memory_order_relaxed);
  }
  next_.store((now + options.interval).time_since_epoch().count(), std::memory_order_relaxed);
  const Duration passed = now - std::exchange(decided_, now);
  const Window window = gather();
  const LoadSignals signals{.queue_wait = Duration(static_cast<Duration::rep>(window.wait)),
                            .at_work = at_work_.load(std::memory_order_relaxed),
                            .arrived = window.arrived,
                            .machine = machine()};
  {
    const std::lock_guard lock(mutex_);
    last_ = signals;
  }
  if (passed > kStale * options.interval) {
    // Nobody came for a while: whatever was too much is over.
    control_.reset();
    counting_.store(static_cast<bool>(options.custom), std::memory_order_relaxed);
    reason_.store(ShedReason::none, std::memory_order_relaxed);
    *gathered_ = {};
    gathered_for_ = {};
  } else {
    act(options, window, signals);
    if (options.strategy == LoadShedStrategy::adaptive) adapt(window, passed);
  }
  deciding_.clear(std::memory_order_release);
}

void LoadShed::act(const LoadShedOptions& options, const Window& window,
                   const LoadSignals& signals) noexcept {
  const bool counted = counting_.load(std::memory_order_relaxed);
  if (options.custom) {
    reason_.store(ShedReason::custom, std::memory_order_relaxed);
    counting_.store(true, std::memory_order_relaxed);
    if (counted)
      control_.admit_share(window.by_level, std::clamp(custom_share(options, signals), 0.0, 1.0));
    return;
  }
  const ShedReason reason = judge(options, signals);
  const bool overloaded = reason != ShedReason::none;
  if (overloaded) reason_.store(reason, std::memory_order_relaxed);
  if (counted) {
    control_.window(window.by_level, overloaded, signals.queue_wait, options.target_wait);
  }
  const bool over = !overloaded && control_.open();
  if (over) reason_.store(ShedReason::none, std::memory_order_relaxed);
  counting_.store(!over, std::memory_order_relaxed);
}

LoadShed::Window LoadShed::gather() {
  Window window;
  const std::lock_guard lock(mutex_);
  int loops = 0;
  for (PerLoop* const loop : loops_) loops += loop->gather(window) ? 1 : 0;
  if (loops > 0) window.wait /= loops;
  return window;
}

void LoadShed::adapt(const Window& window, Duration passed) noexcept {
  Window& all = *gathered_;
  gathered_for_ += passed;
  all.ended += window.ended;
  all.lost += window.lost;
  all.most_at_work = std::max(all.most_at_work, window.most_at_work);
  for (std::size_t i = 0; i < all.durations.size(); ++i) all.durations[i] += window.durations[i];
  const bool enough = gathered_for_ >= kLeastAdapt && all.ended >= AdaptiveLimit::kLeastEnded;
  if (!enough && gathered_for_ < kMostAdapt) return;
  std::uint64_t left = all.ended / 10;  // longer than nine of ten
  std::size_t bucket = DurationBuckets::kCount;
  while (bucket > 0 && left >= all.durations[bucket - 1]) left -= all.durations[--bucket];
  const double seconds = std::chrono::duration<double>(gathered_for_).count();
  adaptive_.window({.latency = DurationBuckets::least(bucket > 0 ? bucket - 1 : 0),
                    .throughput = static_cast<double>(all.ended) / seconds,
                    .most_at_work = all.most_at_work,
                    .ended = all.ended,
                    .lost = all.lost});
  limit_.store(adaptive_.limit(), std::memory_order_relaxed);
  all = {};
  gathered_for_ = {};
}

void LoadShed::read_machine(Instant now) {
  const MachineLoad load = source_->read(now);
  machine_[0].store(load.cpu.value_or(-1), std::memory_order_relaxed);
  machine_[1].store(load.memory.value_or(-1), std::memory_order_relaxed);
  machine_[2].store(load.memory_stall.value_or(-1), std::memory_order_relaxed);
}

MachineLoad LoadShed::machine() const noexcept {
  const auto value = [this](std::size_t at) -> std::optional<double> {
    const double share = machine_[at].load(std::memory_order_relaxed);
    if (share < 0) return std::nullopt;
    return share;
  };
  return {.cpu = value(0), .memory = value(1), .memory_stall = value(2)};
}

Duration LoadShed::retry_after(Random& random) const {
  const auto once = static_cast<std::uint64_t>(options_.read().retry_after.count());
  return Duration(static_cast<Duration::rep>(once + random.below(2 * once)));
}

LoadShed::View LoadShed::view() const {
  View view{.at_work = at_work_.load(std::memory_order_relaxed),
            .limit = limit(),
            .border = control_.border(),
            .signals = {},
            .reason = reason_.load(std::memory_order_relaxed)};
  const std::lock_guard lock(mutex_);
  view.signals = last_;
  return view;
}

}  // namespace lift
