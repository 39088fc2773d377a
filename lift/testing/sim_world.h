#pragma once
// Virtual time: loops, timers, tasks and whole chains without a clock, a socket or a thread to wait
// for.
//
//   SimWorld world;
//   auto answer = world.send(chain, sim_request(Method::get, "/slow"));
//   world.advance(2s);
//   EXPECT_EQ(answer->status(), 200);
//
// Thread-safety: one thread drives it; post() alone may be called from others.
// Cost: for tests.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/loop.h"
#include "lift/base/offload.h"
#include "lift/base/random.h"
#include "lift/base/task_scope.h"
#include "lift/base/timers.h"
#include "lift/chain/run.h"

namespace lift {

/// A clock that moves only when told to. Any thread may read it, as any may read a real one.
class SimClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override {
    return now_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] WallTime wall() const noexcept override {
    return kWallStart + now().time_since_epoch();
  }
  void set(Instant now) noexcept { now_.store(now, std::memory_order_relaxed); }

 private:
  /// 2026-01-01T00:00:00Z at instant zero.
  static constexpr WallTime kWallStart{std::chrono::seconds(1'767'225'600)};
  std::atomic<Instant> now_{Instant{std::chrono::seconds(1000)}};
};

/// A loop on virtual time. Blocking work runs on its next turn, in order.
class SimLoop final : public Loop, private Workers {
 public:
  explicit SimLoop(std::uint64_t seed) noexcept : random_(seed) {}
  ~SimLoop() override {
    end_kept();
    static_cast<void>(run_posted());
  }

  [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
  [[nodiscard]] Timers& timers() noexcept override { return timers_; }
  [[nodiscard]] Random& random() noexcept override { return random_; }
  [[nodiscard]] Workers& workers() noexcept override { return *this; }
  void post(Posted& work) noexcept override;

  /// Runs everything that is due now. Bounded: the program ends if it never comes to rest.
  void settle() noexcept;
  /// Moves time forward, stopping at every wake-up on the way.
  void advance(Duration by) noexcept;
  void set_now(Instant now) noexcept { clock_.set(now); }
  /// Lets the clock run while a handler works without waiting, as a real one does.
  void spend(Duration time) noexcept { clock_.set(clock_.now() + time); }
  void refuse_work(bool refuse) noexcept { refuse_work_ = refuse; }

 private:
  [[nodiscard]] bool submit(Job& job) noexcept override;
  [[nodiscard]] bool run_posted() noexcept;
  [[nodiscard]] bool turn() noexcept;

  SimClock clock_;
  Timers timers_{clock_.now()};
  SeededRandom random_;
  std::mutex mutex_;
  IntrusiveList<Posted> posted_;
  IntrusiveList<Job> jobs_;
  bool refuse_work_ = false;
};

/// A request for tests. The target must be valid.
[[nodiscard]] Request sim_request(Method method, std::string_view target);

/// Which chain answers a request: what a server asks its routes.
using FindChain = std::function<const Chain&(Context&)>;

/// One request on its way through a chain, and what came of it. Dropping it drops the request.
class SimExchange final : private Carrier, private BodySink, private BodySource {
 public:
  struct Options {
    bool body_withheld = false;  ///< body_arrives() or body_fails() is called by the test
    bool delivery_held = false;  ///< deliver() is called by the test
  };
  SimExchange(SimLoop& loop, TaskScope& scope, const FindChain& find, Request request,
              Options options, AppState* state = nullptr);

  [[nodiscard]] bool answered() const noexcept { return committed_ > 0; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// How many responses were committed: more than one is a defect.
  [[nodiscard]] int commits() const noexcept { return committed_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const Headers& headers() const noexcept { return headers_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  [[nodiscard]] bool asked_for_body() const noexcept { return asked_for_body_; }
  [[nodiscard]] Run& run() noexcept { return run_; }

  void body_arrives() noexcept { run_.body_ready(); }
  void body_fails(const HttpError& error) noexcept { run_.body_failed(error); }
  void deliver(Delivery delivery = Delivery::complete) noexcept;
  void client_leaves() noexcept;

 private:
  bool want_body(Run& run) noexcept override;
  void commit(Run& run, Response& response) noexcept override;
  void finished(Run&) noexcept override { finished_ = true; }
  Task<void> write(std::string_view chunk) override;
  Task<std::optional<std::string_view>> next() override;
  static void produced(void* exchange) noexcept;

  Options options_;
  int committed_ = 0;
  int status_ = 0;
  bool delivered_ = false;
  bool finished_ = false;
  bool asked_for_body_ = false;
  bool body_read_ = false;
  Headers headers_;
  std::string body_;
  Run run_;
  BodyProducer producer_;
  Task<void> producing_;  // dropped before the run: its frame may use the context
};

class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed = 1) noexcept : loop_(seed), scope_(loop_) {}

  [[nodiscard]] SimLoop& loop() noexcept { return loop_; }
  [[nodiscard]] Instant now() const noexcept { return loop_.clock().now(); }
  [[nodiscard]] TaskScope& tasks() noexcept { return tasks_; }
  /// State handed to handlers, null until set.
  void provide(AppState& state) noexcept { state_ = &state; }

  void settle() noexcept { loop_.settle(); }
  void advance(Duration by) noexcept { loop_.advance(by); }

  /// Sends a request and lets everything happen that is due now.
  std::unique_ptr<SimExchange> send(const Chain& chain, Request request,
                                    SimExchange::Options options = {});
  std::unique_ptr<SimExchange> send(const FindChain& find, Request request,
                                    SimExchange::Options options = {});
  std::unique_ptr<SimExchange> get(const Chain& chain, std::string_view target);

 private:
  SimLoop loop_;
  Loop::Scope scope_;
  TaskScope tasks_;
  AppState* state_ = nullptr;
};

}  // namespace lift
