#pragma once
// One object for each thread that asks: what a thread writes alone and another thread gathers.
//
//   PerThread<Shard> shards([] { return std::make_unique<Shard>(); });
//   shards.mine().count += 1;                       // on any thread, its own
//   shards.for_each([&](Shard& shard) { … });       // all of them, those of ended threads included
//
// An object outlives its thread until gather_ended() has taken it.
// Thread-safety: every function from any thread; what T allows is T's business.
// Cost: mine() about 1 ns, an allocation and a lock the first time on a thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace lift {
namespace detail {

/// What the threads' ends and the owner share; outlives both.
class PerThreadCore {
 public:
  explicit PerThreadCore(std::function<std::shared_ptr<void>()> make) : make_(std::move(make)) {}

  struct Member {
    std::shared_ptr<void> object;
    bool ended = false;
  };
  [[nodiscard]] std::shared_ptr<void> join();
  [[nodiscard]] std::vector<std::shared_ptr<void>> all();
  void ended(const void* object) noexcept;

  std::mutex mutex;
  std::vector<Member> members;

 private:
  std::function<std::shared_ptr<void>()> make_;
};

struct PerThreadEntry {
  std::uint64_t key = 0;
  void* object = nullptr;
};
/// This thread's entries, by slot; those of owners that are gone have another key.
struct PerThreadTable {
  const PerThreadEntry* entries = nullptr;
  std::size_t count = 0;
};
extern constinit thread_local PerThreadTable per_thread_table;

[[nodiscard]] std::size_t acquire_per_thread_slot();
void release_per_thread_slot(std::size_t slot) noexcept;
[[nodiscard]] std::uint64_t next_per_thread_key() noexcept;
/// Makes this thread's object. Null where the thread is ending and can keep none.
[[nodiscard]] void* join_thread(std::size_t slot, std::uint64_t key,
                                const std::shared_ptr<PerThreadCore>& core);

}  // namespace detail

template <class T>
class PerThread {
 public:
  explicit PerThread(std::function<std::shared_ptr<T>()> make)
      : core_(std::make_shared<detail::PerThreadCore>(std::move(make))) {}
  PerThread(const PerThread&) = delete;
  PerThread& operator=(const PerThread&) = delete;
  ~PerThread() { detail::release_per_thread_slot(slot_); }

  /// This thread's object; null only while the thread itself is being taken down.
  [[nodiscard]] T* mine() {
    if (T* const object = peek()) return object;
    return static_cast<T*>(detail::join_thread(slot_, key_, core_));
  }
  /// This thread's object if it has asked before, else null.
  [[nodiscard]] T* peek() const noexcept {
    const detail::PerThreadTable& table = detail::per_thread_table;
    if (slot_ >= table.count || table.entries[slot_].key != key_) return nullptr;
    return static_cast<T*>(table.entries[slot_].object);
  }

  /// Calls `visit` with every object there is now, under no lock.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (const auto& object : core_->all()) visit(*static_cast<T*>(object.get()));
  }

  /// Around fork(2): no other thread is adding or taking out an object meanwhile.
  void lock() { core_->mutex.lock(); }
  void unlock() { core_->mutex.unlock(); }

  /// Drops the objects of ended threads for which `done`, given each, says true.
  template <class Done>
  void gather_ended(Done&& done) {
    const std::lock_guard lock(core_->mutex);
    std::erase_if(core_->members, [&](const detail::PerThreadCore::Member& member) {
      return member.ended && done(*static_cast<T*>(member.object.get()));
    });
  }

 private:
  std::shared_ptr<detail::PerThreadCore> core_;
  std::size_t slot_ = detail::acquire_per_thread_slot();
  std::uint64_t key_ = detail::next_per_thread_key();
};

}  // namespace lift
