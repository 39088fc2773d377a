#include "lift/base/offload.h"

#include <system_error>

namespace lift {

WorkerPool::WorkerPool(Options options) : options_(options) { threads_.reserve(options.threads); }

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::submit(Job& job) noexcept {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queued_ >= options_.queue) {
    ++refused_;
    return false;
  }
  queue_.push_back(job);
  ++queued_;
  if (idle_ < queued_ && threads_.size() < options_.threads && add_thread()) return true;
  if (threads_.empty()) {
    job.unlink();
    --queued_;
    ++refused_;
    return false;
  }
  wake_.notify_one();
  return true;
}

/// False where the system has no thread to give (a container's limit): those there are must do.
bool WorkerPool::add_thread() noexcept {
  try {
    threads_.emplace_back([this] { work(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

std::uint64_t WorkerPool::refused() const noexcept {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void WorkerPool::work() noexcept {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || queued_ > 0; });
    --idle_;
    Job* job = queue_.pop_front();
    if (job == nullptr) return;
    --queued_;
    lock.unlock();
    job->run();
    lock.lock();
  }
}

}  // namespace lift
