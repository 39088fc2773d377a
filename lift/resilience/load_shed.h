#pragma once
// Turns requests away when there are more than can be served, so that the rest are served well.
//
//   auto shed = LoadShed::make(options, cores, random).value();
//   const auto decision = shed->enter(loop, {.priority = priority, .tenant = tenant}, now);
//   if (decision.reason != ShedReason::none) … refuse …
//   …
//   shed->leave(loop, outcome, now);   // when the last byte is out
//
// Three signals: how long what is ready waits for its loop, which no handler and nobody further
// behind can disguise; how many are at work at once, against a limit that follows what serves most
// (adaptive_limit.h); CPU and memory of the control group. Each loop measures its wait by a timer
// that should fire every 10 ms while there are requests; an idle loop sleeps. Every `interval` one
// of the loops decides, between requests, who is admitted until the next time (shed_control.h). The
// critical are turned away by the limit of those at work alone.
// Thread-safety: enter() and leave() on the loop that is given, the rest from any thread.
// Cost: enter() and leave() about 15 ns while nobody is turned away, 15 ns more for the tenant's
// hash otherwise. 10 KB a loop.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "lift/base/live.h"
#include "lift/base/loop.h"
#include "lift/base/sip_hash.h"
#include "lift/chain/outcome.h"
#include "lift/resilience/load_shed_options.h"
#include "lift/resilience/shed_control.h"

namespace lift {

/// Why a request is turned away.
enum class ShedReason : std::uint8_t { none, queue_wait, cpu, memory, custom, in_flight };
[[nodiscard]] std::string_view to_string(ShedReason reason) noexcept;

class LoadShed : public std::enable_shared_from_this<LoadShed> {
 public:
  struct Asked {
    Priority priority = Priority::normal;
    std::string_view tenant = {};
    /// Whether it counts as one at work: not so what stays open for long and does little.
    bool counts = true;
  };
  struct Decision {
    ShedReason reason = ShedReason::none;
    ShedLevel level = 0;
  };
  struct View {
    std::uint32_t at_work = 0;
    std::uint32_t limit = 0;
    ShedControl::Border border = {};
    LoadSignals signals = {};  ///< of the last window
    ShedReason reason = ShedReason::none;
  };

  /// `options` must be valid. Cohorts are drawn from `random`.
  static std::shared_ptr<LoadShed> make(const LoadShedOptions& options, unsigned cores,
                                        Random& random);
  LoadShed(const LoadShed&) = delete;
  LoadShed& operator=(const LoadShed&) = delete;
  ~LoadShed();

  /// What is admitted must leave.
  [[nodiscard]] Decision enter(Loop& loop, const Asked& asked, Instant now);
  /// Of those that counted; the outcome tells what it took.
  void leave(Loop& loop, const Outcome& outcome) noexcept;

  /// Holds from the next decision on; a limit that is no longer the same begins anew. Where CPU and
  /// memory are read stays as it was made.
  void update(const LoadShedOptions& options);

  /// Reads CPU and memory. Blocks for some 100 µs: not on a loop.
  void read_machine(Instant now);
  /// Between one and three times `retry_after`.
  [[nodiscard]] Duration retry_after(Random& random) const;
  [[nodiscard]] View view() const;
  [[nodiscard]] std::uint32_t limit() const noexcept {
    return limit_.load(std::memory_order_relaxed);
  }

 private:
  class PerLoop;
  struct Window;

  LoadShed(const LoadShedOptions& options, unsigned cores, Random& random);
  [[nodiscard]] PerLoop& at(Loop& loop);
  [[nodiscard]] ShedLevel level_of(const Asked& asked, Instant now, Random& random) const;
  void decide(Instant now) noexcept;
  [[nodiscard]] Window gather();
  void act(const LoadShedOptions& options, const Window& window,
           const LoadSignals& signals) noexcept;
  void adapt(const Window& window, Duration passed) noexcept;
  [[nodiscard]] MachineLoad machine() const noexcept;

  Live<LoadShedOptions> options_;
  const unsigned cores_;
  const HashKey secret_;
  const std::shared_ptr<LoadSource> source_;
  alignas(64) std::atomic<std::uint32_t> at_work_{0};
  alignas(64) std::atomic<std::uint32_t> limit_;
  std::atomic<bool> counting_{false};  ///< whether arrivals are counted by level
  std::atomic<ShedReason> reason_{ShedReason::none};
  ShedControl control_;
  std::atomic<Instant::rep> next_{0};
  std::atomic_flag deciding_;
  std::atomic<bool> renew_limit_{false};
  std::array<std::atomic<double>, 3> machine_;  ///< cpu, memory, stall; negative: not known

  mutable std::mutex mutex_;
  std::vector<PerLoop*> loops_;
  LoadSignals last_;

  // Of whoever decides.
  Instant decided_{};
  AdaptiveLimit adaptive_;
  std::unique_ptr<Window> gathered_;  ///< since the limit was last adapted
  Duration gathered_for_{};
};

}  // namespace lift
