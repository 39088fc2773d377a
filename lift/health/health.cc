#include "lift/health/health.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lift/health/detail/check_threads.h"
#include "lift/health/detail/mailbox.h"
#include "lift/health/detail/scheduler.h"
#include "lift/telemetry/own_metrics.h"

namespace lift {
namespace {

constexpr Duration kLongestManual = std::chrono::hours(24 * 7);
constexpr std::size_t kLongestReason = 200;

Result<> check_manual(const std::string& reason, Duration at_most) {
  Problems problems;
  if (reason.empty() || reason.size() > kLongestReason) {
    problems.add("reason", reason.substr(0, kLongestReason), "must have 1 to 200 bytes");
  }
  if (at_most < std::chrono::seconds(1) || at_most > kLongestManual) {
    problems.add("at_most", std::to_string(at_most.count()) + "ns", "must be from 1 s to 7 days");
  }
  return problems.as_result();
}

double as_number(HealthStatus status) noexcept {
  constexpr std::array kNumbers{1.0, 0.5, 0.0, -1.0};
  return kNumbers[static_cast<std::size_t>(status)];
}

}  // namespace

/// What the scheduler tells.
class Health::News final : public detail::SchedulerListener {
 public:
  explicit News(Health& health) noexcept : health_(health) {}
  void published(HealthView view) override {
    health_.view_.replace(std::move(view));
    health_.note_readiness();
  }
  void transition(const CheckView& check, HealthStatus before) override {
    health_.tell(check, before);
  }
  void woken() override {
    health_.note_readiness();
    health_.look_again();
  }

 private:
  Health& health_;
};

std::string_view to_string(Readiness::Reason reason) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"",       "starting", "checks", "maintenance",
                                                   "forced", "draining"};
  return kNames[static_cast<std::size_t>(reason)];
}

Result<std::shared_ptr<Health>> Health::make(const HealthOptions& options,
                                             std::shared_ptr<Telemetry> telemetry) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::shared_ptr<Health>(new Health(options, std::move(telemetry)));
}

Health::Health(const HealthOptions& options, std::shared_ptr<Telemetry> telemetry)
    : options_(options),
      telemetry_(std::move(telemetry)),
      log_(telemetry_->log("health")),
      transitions_(telemetry_->metrics().counters(own_metric::kHealthTransitions.options(),
                                                  {own_label::kCheck, own_label::kCheckStatus})),
      callback_failures_(
          telemetry_->metrics().counter(own_metric::kHealthCallbackFailures.options())),
      begun_(now()),
      grace_until_((begun_ + options_.grace_period).time_since_epoch().count()),
      view_(HealthView{}),
      decided_(Decided{}),
      news_(std::make_unique<News>(*this)),
      mailbox_(std::make_shared<detail::Mailbox>()) {
  observe();
}

Health::~Health() = default;

void Health::observe() {
  MetricRegistry& metrics = telemetry_->metrics();
  const OwnMetric& ready = own_metric::kHealthReady;
  observations_.push_back(metrics.observe(ready.kind, ready.options(),
                                          [this] { return readiness(now()).ready() ? 1.0 : 0.0; }));
  const OwnMetric& status = own_metric::kHealthStatus;
  observations_.push_back(metrics.observe(status.kind, status.options(), status.labels, [this] {
    std::vector<Observed> all;
    const auto view = share();
    for (const auto& check : view->checks) {
      all.push_back({.label_values = {check->name}, .value = as_number(check->status)});
    }
    return all;
  }));
  const OwnMetric& overdue = own_metric::kHealthOverdue;
  observations_.push_back(metrics.observe(overdue.kind, overdue.options(), [this] {
    double count = 0;
    const auto view = share();
    for (const auto& check : view->checks) count += check->overdue ? 1 : 0;
    return count;
  }));
}

// --- checks

Result<> Health::add(Check check) {
  Problems problems = check.options.validate();
  if (static_cast<bool>(check.run) == static_cast<bool>(check.run_blocking)) {
    problems.add("run", check.options.name, "must be one function, asynchronous or blocking");
  }
  if (auto valid = problems.as_result(); !valid) return valid;
  {
    const std::lock_guard lock(mutex_);
    if (names_.size() >= options_.max_checks) {
      return fail("too_many",
                  "there are " + std::to_string(names_.size()) + " checks already: max_checks");
    }
    if (!names_.insert(check.options.name).second) {
      return fail("duplicate", "there is a check \"" + check.options.name + "\" already");
    }
    // Under the lock, so that the loop hears of it in the order of the names.
    mailbox_->post([this, check = std::move(check)] { scheduler_->add(check); });
  }
  return {};
}

bool Health::remove(std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(name);
    if (found == names_.end()) return false;
    names_.erase(found);
    mailbox_->post([this, name = std::string(name)] { scheduler_->remove(name); });
  }
  return true;
}

void Health::on_transition(std::function<void(const HealthTransition&)> call) {
  callbacks_.push_back(std::move(call));
}

// --- what people decide

void Health::decide(const std::function<void(Decided&)>& change) {
  {
    const std::lock_guard lock(mutex_);
    Decided decided = *decided_.share();
    change(decided);
    decided_.replace(std::move(decided));
  }
  note_readiness();
}

Result<> Health::maintenance(std::string reason, Duration at_most) {
  if (auto valid = check_manual(reason, at_most); !valid) return valid;
  decide([&](Decided& all) {
    all.maintenance = Manual{.reason = std::move(reason), .until = now() + at_most};
  });
  look_again();
  return {};
}

/// What people decided ends by itself, and that is told too.
void Health::look_again() {
  mailbox_->post([this] {
    const Decided& all = decided_.read();
    Instant next = kNever;
    for (const Instant end : {all.maintenance ? all.maintenance->until : kNever,
                              all.forced ? all.forced->until : kNever}) {
      if (end > now()) next = std::min(next, end);
    }
    if (next != kNever) scheduler_->wake_at(next);
  });
}

void Health::end_maintenance() {
  decide([](Decided& all) { all.maintenance.reset(); });
}

Result<> Health::force(bool healthy, std::string reason, Duration at_most) {
  if (auto valid = check_manual(reason, at_most); !valid) return valid;
  decide([&](Decided& all) {
    all.forced.emplace(Forced{{.reason = std::move(reason), .until = now() + at_most}, healthy});
  });
  look_again();
  return {};
}

void Health::end_forced() {
  decide([](Decided& all) { all.forced.reset(); });
}

std::optional<Health::Manual> Health::in_maintenance(Instant now) const {
  const auto& given = decided_.read().maintenance;
  return given && now < given->until ? given : std::nullopt;
}

std::optional<Health::Forced> Health::forced(Instant now) const {
  const auto& given = decided_.read().forced;
  return given && now < given->until ? given : std::nullopt;
}

// --- the app's life

void Health::start(Loop& loop) {
  threads_ = std::make_unique<detail::CheckThreads>(options_.threads, options_.max_checks);
  start(loop, *threads_);
}

void Health::start(Loop& loop, Workers& workers) {
  const Instant grace_until = now() + options_.grace_period;
  grace_until_.store(grace_until.time_since_epoch().count(), std::memory_order_relaxed);
  scheduler_ = std::make_unique<detail::Scheduler>(loop, workers, telemetry_, grace_until, *news_);
  mailbox_->open(loop);
  scheduler_->begin();
}

void Health::started() {
  started_.store(true, std::memory_order_relaxed);
  note_readiness();
}

void Health::drain() {
  draining_.store(true, std::memory_order_relaxed);
  note_readiness();
}

std::size_t Health::stop(Duration within) {
  mailbox_->close();
  scheduler_.reset();
  return threads_ ? threads_->close(within) : 0;
}

// --- what is known

Readiness Health::readiness(Instant now) const {
  using Reason = Readiness::Reason;
  if (draining()) return {.reason = Reason::draining};
  const Decided& decided = decided_.read();
  if (decided.forced && now < decided.forced->until) {
    return {.reason = decided.forced->healthy ? Reason::none : Reason::forced};
  }
  if (decided.maintenance && now < decided.maintenance->until) {
    return {.reason = Reason::maintenance};
  }
  const HealthView& known = view();
  const bool started = started_.load(std::memory_order_relaxed);
  if (started && known.gates_open) return {};
  const Instant until{Duration(grace_until_.load(std::memory_order_relaxed))};
  const Duration remaining = now < until ? until - now : Duration::zero();
  if (!started || (known.starting && remaining > Duration::zero())) {
    return {.reason = Reason::starting, .grace_remaining = remaining};
  }
  return {.reason = Reason::checks};
}

HealthStatus Health::status(Instant now) const {
  const Decided& decided = decided_.read();
  if (decided.forced && now < decided.forced->until) {
    return decided.forced->healthy ? HealthStatus::pass : HealthStatus::fail;
  }
  const bool held = decided.maintenance && now < decided.maintenance->until;
  const HealthView& known = view();
  return held || now >= known.stale_at ? worse(known.status, HealthStatus::warn) : known.status;
}

bool Health::alive(Instant now) {
  heartbeats_.look(now);
  return heartbeats_.silence(now) < options_.live_limit;
}

// --- what is told

void Health::tell(const CheckView& check, HealthStatus before) {
  transitions_.with(check.name, to_string(check.status)).add();
  const bool worse_now = check.status != HealthStatus::pass;
  log_.write(worse_now ? LogLevel::warn : LogLevel::info, "health check changed",
             field("check", check.name), field("from", to_string(before)),
             field("to", to_string(check.status)), field("code", check.last.code),
             field("why", check.last.message), field("required", check.required));
  const HealthTransition transition{
      .check = check.name, .from = before, .to = check.status, .code = check.last.code};
  for (const auto& call : callbacks_) {
    try {
      call(transition);
    } catch (...) {
      callback_failures_.add();
    }
  }
}

/// A start that goes well and the drain are not told here: the app says where it listens and that
/// it drains.
void Health::note_readiness() {
  using Reason = Readiness::Reason;
  const Reason reason = readiness(now()).reason;
  Reason before = Reason::starting;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(told_, reason);
  }
  if (reason == before || reason == Reason::starting || reason == Reason::draining) return;
  if (reason != Reason::none) {
    return log_.warn("not ready for requests", field("reason", to_string(reason)));
  }
  if (before != Reason::starting) {
    log_.info("ready for requests again", field("reason", to_string(before)));
  }
}

}  // namespace lift
