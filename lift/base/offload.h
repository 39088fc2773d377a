#pragma once
// co_await offload(fn): runs blocking work on a worker thread and goes on with its result on the
// same loop.
//
// `fn` must own what it touches: if the awaiting task is dropped, a call that has begun still runs
// to its end, and its result is discarded on the loop. It ends early for no one, a stop included: a
// pending offload is what a cancelled handler waits for. Throws Overloaded at once when the pool's
// queue is full.
// Thread-safety: awaited on a loop, run on a worker.
// Cost: one allocation and two
// thread hops, about 10 µs.

#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "lift/base/loop.h"
#include "lift/base/task.h"

namespace lift {

/// A piece of blocking work. Not owned by the pool.
class Job : public Link {
 public:
  virtual ~Job() = default;
  virtual void run() noexcept = 0;
};

class Workers {
 public:
  virtual ~Workers() = default;
  /// False, and nothing kept, when there is no room.
  [[nodiscard]] virtual bool submit(Job& job) noexcept = 0;
};

/// Threads with one bounded queue, first in first out. The destructor finishes what is queued, then
/// joins.
class WorkerPool final : public Workers {
 public:
  struct Options {
    unsigned threads = 8;      ///< 1 to 1024; started when first needed
    std::size_t queue = 1024;  ///< waiting jobs at most; more are refused
  };
  explicit WorkerPool(Options options);
  ~WorkerPool() override;

  [[nodiscard]] bool submit(Job& job) noexcept override;
  [[nodiscard]] std::uint64_t refused() const noexcept;

 private:
  void work() noexcept;
  [[nodiscard]] bool add_thread() noexcept;

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  IntrusiveList<Job> queue_;
  std::size_t queued_ = 0;
  unsigned idle_ = 0;
  std::uint64_t refused_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

namespace detail {

/// Lives on the heap until both sides are done with it; `awaiting` is touched on the loop only.
template <class F>
class OffloadJob final : public Job {
 public:
  using Value = std::invoke_result_t<F&>;
  using Stored = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;

  explicit OffloadJob(F fn) : fn_(std::move(fn)), loop_(Loop::current()) {}

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<Value>) {
        (*fn_)();
        value.emplace();
      } else {
        value.emplace((*fn_)());
      }
    } catch (...) {
      error = std::current_exception();
    }
    loop_.post(back_);
  }

  std::coroutine_handle<> awaiting;
  bool finished = false;
  bool dropped = false;
  std::optional<Stored> value;
  std::exception_ptr error;

 private:
  struct Back : Posted {
    explicit Back(OffloadJob& owner)
        : Posted([](Posted& posted) noexcept { static_cast<Back&>(posted).job.returned(); }),
          job(owner) {}
    OffloadJob& job;
  };
  void returned() noexcept {
    fn_.reset();
    if (dropped) {
      delete this;
      return;
    }
    finished = true;
    awaiting.resume();
  }

  std::optional<F> fn_;
  Loop& loop_;
  Back back_{*this};
};

}  // namespace detail

template <class F>
class [[nodiscard]] OffloadAwaiter {
  using JobType = detail::OffloadJob<F>;

 public:
  explicit OffloadAwaiter(F fn) : job_(new JobType(std::move(fn))) {}
  OffloadAwaiter(const OffloadAwaiter&) = delete;
  OffloadAwaiter& operator=(const OffloadAwaiter&) = delete;
  ~OffloadAwaiter() {
    if (submitted_ && !job_->finished) {
      job_->dropped = true;  // the loop deletes it when the worker is through
    } else {
      delete job_;
    }
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) {
    job_->awaiting = waiting;
    submitted_ = true;
    submitted_ = Loop::current().workers().submit(*job_);
    return submitted_;
  }
  typename JobType::Value await_resume() {
    if (!submitted_) throw Overloaded();
    if (job_->error) std::rethrow_exception(job_->error);
    if constexpr (!std::is_void_v<typename JobType::Value>) return std::move(*job_->value);
  }

 private:
  JobType* job_;
  bool submitted_ = false;
};

template <class F>
auto offload(F fn) {
  return OffloadAwaiter<F>(std::move(fn));
}

}  // namespace lift
