#pragma once
// The health of a service: checks that run by themselves in the background, and what they say of
// the whole.
//
//   app.health().add(blocking_check({.name = "database", .gates = HealthGate::ready}, ping));
//   app.health().maintenance("moving the database", 10min);
//
// Probes read what was published last and call nobody: however many come, a dependency sees its
// check's own runs and no other.
// Thread-safety: every function from any thread, unless it says otherwise. Callbacks come on the
// scheduler's loop, under no lock.
// Cost: readiness() and status() some 10 ns; a check's run some microseconds besides itself.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/live.h"
#include "lift/base/loop.h"
#include "lift/health/check.h"
#include "lift/health/health_options.h"
#include "lift/health/health_view.h"
#include "lift/health/heartbeats.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

namespace detail {
class Mailbox;
class Scheduler;
class CheckThreads;
}  // namespace detail

/// A check's status has changed.
struct HealthTransition {
  std::string_view check;
  HealthStatus from;
  HealthStatus to;
  std::string_view code;  ///< of the result that did it, "" where it passed
};

/// Whether requests may come, and if not, why.
struct Readiness {
  enum class Reason : std::uint8_t { none, starting, checks, maintenance, forced, draining };
  Reason reason = Reason::none;
  Duration grace_remaining{};  ///< while starting

  [[nodiscard]] bool ready() const noexcept { return reason == Reason::none; }
};

[[nodiscard]] std::string_view to_string(Readiness::Reason reason) noexcept;

class Health {
 public:
  /// What people decided, until a time.
  struct Manual {
    std::string reason;
    Instant until{};
  };

  /// Error `bad_configuration`. What it tells of itself goes into `telemetry`, by whose clock it
  /// goes.
  static Result<std::shared_ptr<Health>> make(const HealthOptions& options,
                                              std::shared_ptr<Telemetry> telemetry);
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;
  ~Health();

  // --- checks
  /// Also while serving; one that gates readiness, or is required, holds it back until it has first
  /// passed. Errors: `bad_configuration`, `duplicate` for a name that is taken,
  /// `too_many`.
  Result<> add(Check check);
  /// False if there is none of this name.
  bool remove(std::string_view name);
  /// Told of every change of a check. What it throws is counted; it must not stop the app. Before
  /// start().
  void on_transition(std::function<void(const HealthTransition&)> call);

  // --- what people decide
  /// Not ready, for `at_most` (1 s to 7 days) or until end_maintenance(). The reason, 1 to 200
  /// bytes, is shown with the details only. Error: `bad_configuration`.
  Result<> maintenance(std::string reason, Duration at_most);
  void end_maintenance();
  /// The service counts as ready and healthy, or as neither, whatever its checks say; for `at_most`
  /// or until end_forced(). Neither is above draining. Error: `bad_configuration`.
  Result<> force(bool healthy, std::string reason, Duration at_most);
  void end_forced();

  // --- what the app's life decides
  /// Checks begin to run, on `loop`, those that block by threads of their own. On the loop's thread
  /// or before it runs, once.
  void start(Loop& loop);
  /// The same with blocking checks run by `workers`, for tests.
  void start(Loop& loop, Workers& workers);
  /// The app has started: ready as soon as the gates are open.
  void started();
  /// The end has begun: not ready, at once and for good.
  void drain();
  /// No check runs any more, on the loop's thread. `within` at most for those that block; how many
  /// were let go still running.
  std::size_t stop(Duration within);
  /// Event loops that must go on turning for the service to be alive.
  [[nodiscard]] Heartbeats& heartbeats() noexcept { return heartbeats_; }

  // --- what is known
  [[nodiscard]] Readiness readiness(Instant now) const;
  [[nodiscard]] HealthStatus status(Instant now) const;
  /// Asks the loops, and says whether all have been answering.
  [[nodiscard]] bool alive(Instant now);
  [[nodiscard]] bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }
  /// What was published last; the reference holds until this thread asks again.
  [[nodiscard]] const HealthView& view() const { return view_.read(); }
  [[nodiscard]] std::shared_ptr<const HealthView> share() const { return view_.share(); }
  /// Maintenance and what is forced, if it holds at `now`.
  [[nodiscard]] std::optional<Manual> in_maintenance(Instant now) const;
  struct Forced : Manual {
    bool healthy = false;
  };
  [[nodiscard]] std::optional<Forced> forced(Instant now) const;
  [[nodiscard]] Instant begun() const noexcept { return begun_; }
  [[nodiscard]] const HealthOptions& options() const noexcept { return options_; }
  [[nodiscard]] const Telemetry& telemetry() const noexcept { return *telemetry_; }

 private:
  class News;
  struct Decided {
    std::optional<Manual> maintenance;
    std::optional<Forced> forced;
  };
  Health(const HealthOptions& options, std::shared_ptr<Telemetry> telemetry);
  void observe();
  void decide(const std::function<void(Decided&)>& change);
  void tell(const CheckView& check, HealthStatus before);
  void note_readiness();
  void look_again();
  [[nodiscard]] Instant now() const { return telemetry_->clock().now(); }

  const HealthOptions options_;
  const std::shared_ptr<Telemetry> telemetry_;
  const Log log_;
  const CounterFamily<2> transitions_;
  const Counter callback_failures_;
  const Instant begun_;
  std::atomic<Instant::rep> grace_until_;
  Heartbeats heartbeats_;
  Live<HealthView> view_;
  Live<Decided> decided_;
  std::atomic<bool> started_{false};
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  std::set<std::string, std::less<>> names_;
  Readiness::Reason told_ = Readiness::Reason::starting;
  std::vector<std::function<void(const HealthTransition&)>> callbacks_;
  std::unique_ptr<detail::CheckThreads> threads_;
  std::unique_ptr<News> news_;
  std::unique_ptr<detail::Scheduler> scheduler_;  // by the loop alone
  std::shared_ptr<detail::Mailbox> mailbox_;
  std::vector<Observation> observations_;
};

}  // namespace lift
