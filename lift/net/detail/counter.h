#pragma once
// A number that its loop counts and anybody may read.
//
// Thread-safety: written by one thread, read by any.
// Cost: a load and a store, no locked operation.

#include <atomic>
#include <cstdint>

namespace lift::detail {

class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { set(value() + n); }
  void subtract(std::uint64_t n = 1) noexcept { set(value() - n); }
  void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace lift::detail
