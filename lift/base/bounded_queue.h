#pragma once
// A queue of fixed size between threads: what finds no room is refused and counted, and nobody ever
// waits.
//
// Source: D. Vyukov, "Bounded MPMC queue" (2010).
// Thread-safety: everything from any thread, lock-free.
// Cost: about 10 ns a push or pop; the memory of all its places at once.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace lift {

template <class T, std::size_t Places>
class BoundedQueue {
 public:
  static_assert(std::has_single_bit(Places), "a power of two");

  BoundedQueue() : cells_(std::make_unique<std::array<Cell, Places>>()) {
    for (std::size_t i = 0; i < Places; ++i) {
      (*cells_)[i].turn.store(i, std::memory_order_relaxed);
    }
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// False, and counted, if there is no room.
  bool try_push(T value) {
    std::size_t at = in_.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = (*cells_)[at % Places];
      const auto ahead =
          static_cast<std::ptrdiff_t>(cell.turn.load(std::memory_order_acquire) - at);
      if (ahead < 0) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
      if (ahead > 0) {
        at = in_.load(std::memory_order_relaxed);
      } else if (in_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
        cell.value = std::move(value);
        cell.turn.store(at + 1, std::memory_order_release);
        return true;
      }
    }
  }

  [[nodiscard]] std::optional<T> try_pop() {
    std::size_t at = out_.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = (*cells_)[at % Places];
      const auto ahead =
          static_cast<std::ptrdiff_t>(cell.turn.load(std::memory_order_acquire) - (at + 1));
      if (ahead < 0) return std::nullopt;
      if (ahead > 0) {
        at = out_.load(std::memory_order_relaxed);
      } else if (out_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
        std::optional<T> value(std::move(cell.value));
        cell.turn.store(at + Places, std::memory_order_release);
        return value;
      }
    }
  }

  /// Values that found no room.
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

 private:
  struct Cell {
    std::atomic<std::size_t> turn;
    T value;
  };

  std::unique_ptr<std::array<Cell, Places>> cells_;
  alignas(64) std::atomic<std::size_t> in_{0};
  alignas(64) std::atomic<std::size_t> out_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace lift
