#pragma once
// A Loop on real time: one thread, one io_context, one timer wheel.
//
// The wheel's next wake-up is the only system timer, moved only when something must fire sooner, so
// that timeouts that are armed and cancelled with each request cost no system call and an idle loop
// sleeps.
// Thread-safety: post() and stop() from any thread, the rest from the loop's own.
// Cost: post() one lock, and one wake-up
// of the loop when nothing else was posted.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>

#include "lift/base/clock.h"
#include "lift/base/loop.h"
#include "lift/base/random.h"
#include "lift/base/timers.h"
#include "lift/net/detail/poller.h"

namespace lift::detail {

class NetLoop final : public Loop, private Waker {
 public:
  /// `workers` outlives the loop.
  explicit NetLoop(Workers& workers);
  ~NetLoop() override {
    end_kept();
    run_posted();
  }

  [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
  [[nodiscard]] Timers& timers() noexcept override { return timers_; }
  [[nodiscard]] Random& random() noexcept override { return random_; }
  [[nodiscard]] Workers& workers() noexcept override { return workers_; }
  void post(Posted& work) noexcept override;

  /// Runs on this thread until stop().
  void run();
  /// Makes run() return soon; what is pending stays pending.
  void stop() noexcept { context_.stop(); }
  /// After run(): handles one more event, waiting for it. For taking down what is still registered.
  void run_one();
  /// After run(): runs what other threads have posted since.
  void run_posted() noexcept;

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] Poller& poller() noexcept { return poller_; }

 private:
  void wake_at(Instant when) noexcept override;

  SystemClock clock_;
  SecureRandom random_;
  Workers& workers_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  Poller poller_{context_};
  Instant wakes_at_ = kNever;
  Timers timers_{clock_.now(), this};
  std::mutex mutex_;
  IntrusiveList<Posted> posted_;
};

}  // namespace lift::detail
