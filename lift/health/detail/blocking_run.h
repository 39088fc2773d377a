#pragma once
// One run of a check that blocks: begun on a loop, done by a worker, told on the loop again.
//
// It belongs to the worker until that is through with it, so that a check that hangs can outlive
// its scheduler, its loop and its app.
// Thread-safety: begin(), forget() and begun() on the loop; the rest by its worker.
// Cost: one allocation and two thread hops.

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "lift/base/loop.h"
#include "lift/base/offload.h"
#include "lift/health/check.h"

namespace lift::detail {

/// The way back to a loop, until that is closed.
class LoopGate {
 public:
  explicit LoopGate(Loop& loop) noexcept : loop_(&loop) {}
  /// Nothing is posted any more when it returns.
  void close() noexcept;
  /// False if it is closed.
  [[nodiscard]] bool post(Posted& work) noexcept;
  /// The loop's time; nothing if it is closed.
  [[nodiscard]] std::optional<Instant> now() noexcept;

 private:
  std::mutex mutex_;
  Loop* loop_;
};

class BlockingRun final : public Job, public std::enable_shared_from_this<BlockingRun> {
 public:
  using Function = std::shared_ptr<const std::function<CheckResult()>>;
  class Owner {
   public:
    virtual void returned(CheckResult result) noexcept = 0;

   protected:
    ~Owner() = default;
  };

  BlockingRun(Function function, std::shared_ptr<LoopGate> gate, Owner& owner) noexcept
      : function_(std::move(function)), gate_(std::move(gate)), owner_(&owner) {}

  /// False if there is no room.
  [[nodiscard]] bool begin(Workers& workers) noexcept;
  /// Its owner is gone: whatever it returns goes nowhere.
  void forget() noexcept { owner_ = nullptr; }
  /// When a worker began it; nothing while it waits for one.
  [[nodiscard]] std::optional<Instant> begun() const noexcept;

 private:
  struct Back final : Posted {
    explicit Back(BlockingRun& its_run) noexcept
        : Posted([](Posted& posted) noexcept { static_cast<Back&>(posted).run.back(); }),
          run(its_run) {}
    BlockingRun& run;
  };

  void run() noexcept override;
  void back() noexcept;

  const Function function_;
  const std::shared_ptr<LoopGate> gate_;
  Owner* owner_;
  std::atomic<Instant::rep> begun_{kNever.time_since_epoch().count()};
  CheckResult result_;
  Back back_{*this};
  std::shared_ptr<BlockingRun> self_;
};

/// What a check's function says, or what its exception amounts to.
[[nodiscard]] CheckResult thrown(const std::exception_ptr& error) noexcept;

}  // namespace lift::detail
