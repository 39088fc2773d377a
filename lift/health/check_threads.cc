#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "lift/health/detail/check_threads.h"

namespace lift::detail {
namespace {

constexpr std::chrono::seconds kIdle{10};

}  // namespace

struct CheckThreads::Shared {
  void work() noexcept;

  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable ended;
  IntrusiveList<Job> queue;
  std::size_t queued = 0;
  std::size_t most_queued = 0;
  unsigned most_threads = 0;
  unsigned threads = 0;
  unsigned idle = 0;
  bool closed = false;
};

void CheckThreads::Shared::work() noexcept {
  std::unique_lock lock(mutex);
  while (!closed) {
    Job* const job = queue.pop_front();
    if (job == nullptr) {
      ++idle;
      const bool called = wake.wait_for(lock, kIdle, [this] { return closed || queued > 0; });
      --idle;
      if (!called) break;
      continue;
    }
    --queued;
    lock.unlock();
    job->run();
    lock.lock();
  }
  --threads;
  ended.notify_all();
}

CheckThreads::CheckThreads(unsigned threads, std::size_t queue)
    : shared_(std::make_shared<Shared>()) {
  shared_->most_threads = threads;
  shared_->most_queued = queue;
}

CheckThreads::~CheckThreads() { close(Duration::zero()); }

bool CheckThreads::submit(Job& job) noexcept {
  Shared& s = *shared_;
  const std::lock_guard lock(s.mutex);
  if (s.closed || s.queued >= s.most_queued) return false;
  if (s.idle <= s.queued && s.threads < s.most_threads) {
    try {
      std::thread([shared = shared_] { shared->work(); }).detach();
      ++s.threads;
    } catch (const std::system_error&) {
      if (s.threads == 0) return false;
    }
  }
  s.queue.push_back(job);
  ++s.queued;
  s.wake.notify_one();
  return true;
}

std::size_t CheckThreads::close(Duration within) noexcept {
  Shared& s = *shared_;
  IntrusiveList<Job> dropped;
  std::unique_lock lock(s.mutex);
  s.closed = true;
  s.wake.notify_all();
  dropped.splice_back(s.queue);
  s.queued = 0;
  s.ended.wait_for(lock, within, [&s] { return s.threads == 0; });
  const std::size_t running = s.threads;
  lock.unlock();
  // Whoever closes this has closed what the jobs report to: they only let themselves go.
  while (Job* const job = dropped.pop_front()) job->run();
  return running;
}

}  // namespace lift::detail
