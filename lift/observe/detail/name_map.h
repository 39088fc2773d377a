#pragma once
// A bounded table of things by name, read without a lock: operations and tenants with metrics of
// their own.
//
// Open addressing over twice the bound; an entry, once made, stays where it is until the table is
// gone, so that whoever found it may use it.
// Thread-safety: find() from any thread, lock-free; the rest takes a lock.
// Cost: find about 8 ns for a short name.

#include <atomic>
#include <bit>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lift::detail {

template <class T>
class NameMap {
 public:
  struct Entry {
    std::string name;
    T value;
  };

  explicit NameMap(std::size_t most)
      : most_(most), places_(std::bit_ceil(2 * most + 2)), mask_(places_.size() - 1) {}

  /// Null if there is none of that name.
  [[nodiscard]] T* find(std::string_view name) noexcept {
    const std::size_t from = first(name);
    for (std::size_t i = from; i - from <= mask_; ++i) {
      Entry* entry = places_[i & mask_].load(std::memory_order_acquire);
      if (entry == nullptr) return nullptr;
      if (entry != &gone_ && entry->name == name) return &entry->value;
    }
    return nullptr;
  }

  /// The one of that name, made by `make(name)` if there is room. Null if there is none and no
  /// room.
  template <class Make>
  [[nodiscard]] T* find_or_add(std::string_view name, const Make& make) {
    if (T* found = find(name)) return found;
    if (count_.load(std::memory_order_relaxed) >= most_) return nullptr;  // full: no lock for that
    const std::lock_guard lock(mutex_);
    if (T* found = find(name)) return found;
    if (count_ >= most_ || full_for_good()) return nullptr;
    Entry& entry = entries_.emplace_back(Entry{std::string(name), make(name)});
    place(entry);
    return &entry.value;
  }

  /// Takes a name out; a thing that somebody has found stays usable. False if there is none.
  bool remove(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const std::size_t from = first(name);
    for (std::size_t i = from; i - from <= mask_; ++i) {
      Entry* entry = at(i).load(std::memory_order_relaxed);
      if (entry == nullptr) return false;
      if (entry == &gone_ || entry->name != name) continue;
      at(i).store(&gone_, std::memory_order_release);
      for (; at(i + 1) == nullptr && at(i) == &gone_; --i) at(i) = nullptr;  // keeps searches short
      --count_;
      return true;
    }
    return false;
  }

  /// No name can be added any more, ever: so none should be removed.
  [[nodiscard]] bool spent() const {
    const std::lock_guard lock(mutex_);
    return full_for_good();
  }

  [[nodiscard]] std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& place : places_) {
      const Entry* entry = place.load(std::memory_order_relaxed);
      if (entry != nullptr && entry != &gone_) all.push_back(entry->name);
    }
    return all;
  }

  /// Around fork(2).
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  // Entries are never freed, so their number over all time is bounded as well.
  static constexpr std::size_t kMostEver = 64;

  [[nodiscard]] bool full_for_good() const noexcept { return entries_.size() >= kMostEver * most_; }
  [[nodiscard]] static std::size_t first(std::string_view name) noexcept {
    return std::hash<std::string_view>()(name);
  }
  [[nodiscard]] std::atomic<Entry*>& at(std::size_t i) noexcept { return places_[i & mask_]; }
  void place(Entry& entry) noexcept {
    for (std::size_t i = first(entry.name);; ++i) {
      Entry* there = at(i).load(std::memory_order_relaxed);
      if (there != nullptr && there != &gone_) continue;
      at(i).store(&entry, std::memory_order_release);
      ++count_;
      return;
    }
  }

  const std::size_t most_;
  std::vector<std::atomic<Entry*>> places_;
  const std::size_t mask_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::atomic<std::size_t> count_ = 0;
  Entry gone_{};
};

}  // namespace lift::detail
