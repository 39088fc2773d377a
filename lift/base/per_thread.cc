#include "lift/base/per_thread.h"

namespace lift::detail {
namespace {

struct Slots {
  std::mutex mutex;
  std::vector<std::size_t> free;
  std::size_t next = 0;
};

Slots& slots() {
  static Slots all;
  return all;
}

/// Owns what per_thread_table points at, and tells every core when the thread ends.
class Membership {
 public:
  Membership() = default;
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() {
    per_thread_table = {};
    gone_ = true;
    for (std::size_t i = 0; i < entries_.size(); ++i) leave(i);
  }

  void* join(std::size_t slot, std::uint64_t key, const std::shared_ptr<PerThreadCore>& core) {
    if (gone_) return nullptr;
    if (slot >= entries_.size()) {
      entries_.resize(slot + 1);
      cores_.resize(slot + 1);
    }
    leave(slot);
    const std::shared_ptr<void> object = core->join();
    entries_[slot] = {key, object.get()};
    cores_[slot] = core;
    per_thread_table = {entries_.data(), entries_.size()};
    return object.get();
  }

 private:
  void leave(std::size_t slot) noexcept {
    if (const auto core = cores_[slot].lock()) core->ended(entries_[slot].object);
    cores_[slot].reset();
    entries_[slot] = {};
  }

  std::vector<PerThreadEntry> entries_;
  std::vector<std::weak_ptr<PerThreadCore>> cores_;
  bool gone_ = false;
};

}  // namespace

constinit thread_local PerThreadTable per_thread_table;

std::shared_ptr<void> PerThreadCore::join() {
  std::shared_ptr<void> object = make_();
  const std::lock_guard lock(mutex);
  members.push_back({object, false});
  return object;
}

std::vector<std::shared_ptr<void>> PerThreadCore::all() {
  const std::lock_guard lock(mutex);
  std::vector<std::shared_ptr<void>> objects;
  objects.reserve(members.size());
  for (const Member& member : members) objects.push_back(member.object);
  return objects;
}

void PerThreadCore::ended(const void* object) noexcept {
  const std::lock_guard lock(mutex);
  for (Member& member : members) {
    if (member.object.get() == object) member.ended = true;
  }
}

std::size_t acquire_per_thread_slot() {
  const std::lock_guard lock(slots().mutex);
  if (slots().free.empty()) {
    slots().free.reserve(slots().next + 1);  // so that giving one back cannot fail
    return slots().next++;
  }
  const std::size_t slot = slots().free.back();
  slots().free.pop_back();
  return slot;
}

void release_per_thread_slot(std::size_t slot) noexcept {
  const std::lock_guard lock(slots().mutex);
  slots().free.push_back(slot);
}

std::uint64_t next_per_thread_key() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void* join_thread(std::size_t slot, std::uint64_t key, const std::shared_ptr<PerThreadCore>& core) {
  thread_local Membership membership;
  return membership.join(slot, key, core);
}

}  // namespace lift::detail
