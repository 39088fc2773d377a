#include "lift/health/detail/check_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace lift::detail {
namespace {

using namespace std::chrono_literals;

/// Holds whoever enters until it is opened.
class Door {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    ++passed_;
    changed_.notify_all();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_waiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }
  void wait_for_passed(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return passed_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0, passed_ = 0;
  bool open_ = false;
};

struct DoorJob final : Job {
  explicit DoorJob(Door& its_door) : door(its_door) {}
  void run() noexcept override { door.pass(); }
  Door& door;
};

TEST(CheckThreads, RunAsManyAtOnceAsThereAreThreads) {
  Door door;
  DoorJob a(door), b(door), c(door);
  CheckThreads threads(2, 1);
  EXPECT_TRUE(threads.submit(a));
  door.wait_for_waiting(1);
  EXPECT_TRUE(threads.submit(b));
  door.wait_for_waiting(2);
  EXPECT_TRUE(threads.submit(c)) << "in line";
  DoorJob d(door);
  EXPECT_FALSE(threads.submit(d)) << "no room in the line";
  door.open();
  door.wait_for_passed(3);
  EXPECT_EQ(threads.close(10s), 0U);
}

TEST(CheckThreads, AJobThatHangsIsLeftBehind) {
  auto door = std::make_shared<Door>();
  struct Hanging final : Job {
    explicit Hanging(std::shared_ptr<Door> its_door) : door(std::move(its_door)) {}
    void run() noexcept override {
      const std::shared_ptr<Door> mine = door;
      mine->pass();
    }
    std::shared_ptr<Door> door;
  };
  Hanging job(door);
  {
    CheckThreads threads(1, 4);
    ASSERT_TRUE(threads.submit(job));
    door->wait_for_waiting(1);
    EXPECT_EQ(threads.close(1ms), 1U);
    EXPECT_FALSE(threads.submit(job));
  }
  door->open();  // long after its pool is gone
  door->wait_for_passed(1);
}

}  // namespace
}  // namespace lift::detail
