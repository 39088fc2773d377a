// Callbacks answered or dropped on other threads while the tasks that wait are dropped on the loop.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "lift/base/callback.h"
#include "lift/base/random.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

constexpr int kAnswerers = 4;
constexpr int kCalls = 4000;
using Payload = std::shared_ptr<int>;

/// Threads that answer what they are handed; every fifth callback they drop instead.
class Answerers {
 public:
  Answerers() {
    for (int i = 0; i < kAnswerers; ++i) threads_.emplace_back([this] { work(); });
  }
  Answerers(const Answerers&) = delete;
  Answerers& operator=(const Answerers&) = delete;
  ~Answerers() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void give(Callback<Payload> done, int number) {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(std::move(done), number);
    wake_.notify_one();
  }

 private:
  struct Call {
    Call(Callback<Payload> given, int n) : done(std::move(given)), number(n) {}
    Callback<Payload> done;
    int number;
  };
  void work() {
    while (true) {
      std::optional<Call> call;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return closed_ || !queue_.empty(); });
        if (queue_.empty()) return;
        call.emplace(std::move(queue_.front()));
        queue_.pop_front();
      }
      if (call->number % 5 != 0) call->done(std::make_shared<int>(call->number));
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Call> queue_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

struct Tally {
  int answered = 0;
  int broken = 0;
  int wrong = 0;
};

Task<void> ask(Answerers& others, Tally& tally, int number) {
  auto start = [&others, number](Callback<Payload> done) { others.give(std::move(done), number); };
  try {
    const Payload payload = co_await from_callback<Payload>(start);
    tally.wrong += *payload == number ? 0 : 1;
    ++tally.answered;
  } catch (const BrokenCallback&) {
    ++tally.broken;
  }
}

TEST(CallbackRaceTest, EveryTaskThatIsNotDroppedGetsItsAnswerOrItsErrorOnce) {
  SimWorld world;
  Answerers others;
  SeededRandom random(7);
  Tally tally;
  int dropped = 0;
  std::vector<Task<void>> waiting;
  for (int number = 1; number <= kCalls; ++number) {
    waiting.push_back(ask(others, tally, number));
    if (number % 8 == 0) world.settle();
    if (random.below(3) != 0) continue;
    Task<void> victim = std::move(waiting.at(random.below(waiting.size())));
    if (victim.valid() && !victim.done()) ++dropped;
  }
  for (const Task<void>& task : waiting) {
    while (task.valid() && !task.done()) {
      world.settle();
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(tally.answered + tally.broken + dropped, kCalls);
  EXPECT_EQ(tally.wrong, 0);
}

TEST(CallbackRaceTest, CallbacksMayComeAfterTheLoopIsGone) {
  for (int round = 0; round < 100; ++round) {
    Tally tally;
    Answerers others;
    {
      SimWorld world;
      std::vector<Task<void>> waiting;
      for (int number = 1; number <= 20; ++number) waiting.push_back(ask(others, tally, number));
      waiting.clear();
      world.settle();
    }
    ASSERT_EQ(tally.answered + tally.broken, 0);
  }
}

}  // namespace
}  // namespace lift
