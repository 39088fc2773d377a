#pragma once
// A value that can be replaced while others read it: options of a running layer, a reloaded token
// table.
//
// Readers never lock on the usual path: each thread keeps a counted reference to the version it saw
// last and looks only whether a newer one exists. An old version dies when the last thread has
// moved on or ended.
// Thread-safety: read and replace from any thread.
// Cost: a read about 2 ns; the
// first one after a change takes a lock.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace lift {
namespace detail {

/// A thread's reference to the last version it saw of one Live value.
struct LiveCache {
  std::uint64_t version = 0;
  std::shared_ptr<const void> value;
};
[[nodiscard]] std::size_t acquire_live_id();
void release_live_id(std::size_t id) noexcept;
[[nodiscard]] std::uint64_t next_live_version() noexcept;
/// This thread's cache for `id`.
[[nodiscard]] LiveCache& live_cache(std::size_t id);

}  // namespace detail

template <class T>
class Live {
 public:
  explicit Live(T value) : id_(detail::acquire_live_id()) { replace(std::move(value)); }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;
  ~Live() { detail::release_live_id(id_); }

  /// The current value; the reference holds until this thread reads the same Live again, so not
  /// across a co_await.
  [[nodiscard]] const T& read() const {
    detail::LiveCache& cache = detail::live_cache(id_);
    if (cache.version != version_.load(std::memory_order_acquire)) refresh(cache);
    return *static_cast<const T*>(cache.value.get());
  }
  [[nodiscard]] std::shared_ptr<const T> share() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void replace(T value) {
    // Declared before the lock: what is replaced dies outside of it, as it may take its time.
    std::shared_ptr<const T> fresh = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock(mutex_);
    value_.swap(fresh);
    version_.store(detail::next_live_version(), std::memory_order_release);
  }

 private:
  void refresh(detail::LiveCache& cache) const {
    const std::shared_ptr<const void> old = std::move(cache.value);
    const std::lock_guard lock(mutex_);
    cache.value = value_;
    cache.version = version_.load(std::memory_order_relaxed);
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
  std::size_t id_;
};

}  // namespace lift
