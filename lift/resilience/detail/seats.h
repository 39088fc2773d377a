#pragma once
// The places of one level of a bulkhead in one word: how many are taken, how many there are, how
// many requests that wait may want one.
//
// Thread-safety: everything from any thread, without locks.
// Cost: take() and give() about 5 ns each, alone on the cache line.

#include <atomic>
#include <cstdint>

namespace lift::detail {

class Seats {
 public:
  enum class Taken : std::uint8_t { yes, full, nobodys };

  Seats() = default;
  explicit Seats(std::uint32_t limit) noexcept : word_(std::uint64_t{limit} << kLimitAt) {}

  /// One place, if there is a free one. `nobodys`: it was retired, or its limit is not known yet.
  Taken take() noexcept {
    std::uint64_t word = word_.load(std::memory_order_seq_cst);
    while (true) {
      if ((word & (kFresh | kRetired)) != 0) return Taken::nobodys;
      if (in_use(word) >= limit(word)) return Taken::full;
      if (word_.compare_exchange_weak(word, word + 1, std::memory_order_seq_cst)) return Taken::yes;
    }
  }
  void give() noexcept { word_.fetch_sub(1, std::memory_order_seq_cst); }

  /// Whether its limit is not known yet. It cannot be retired until it is.
  [[nodiscard]] bool fresh() const noexcept {
    return (word_.load(std::memory_order_acquire) & kFresh) != 0;
  }

  /// Somebody waits who may want a place: it cannot be retired meanwhile. False if it already is.
  [[nodiscard]] bool want() noexcept {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while ((word & kRetired) == 0) {
      if (word_.compare_exchange_weak(word, word + kOneWaiting, std::memory_order_acq_rel)) {
        return true;
      }
    }
    return false;
  }
  void want_no_more() noexcept { word_.fetch_sub(kOneWaiting, std::memory_order_acq_rel); }

  /// Sets the limit; what is taken beyond it stays so until it is given back.
  void set_limit(std::uint32_t limit) noexcept {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    std::uint64_t wanted = 0;
    do {
      wanted = (word & ~(kLimitMask | kFresh)) | std::uint64_t{limit} << kLimitAt;
    } while (!word_.compare_exchange_weak(word, wanted, std::memory_order_seq_cst));
  }

  /// True, and nobody's from then on, if nobody has or wants a place and its limit is known.
  [[nodiscard]] bool try_retire() noexcept {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while ((word & ~kLimitMask) == 0) {
      if (word_.compare_exchange_weak(word, word | kRetired, std::memory_order_acq_rel))
        return true;
    }
    return false;
  }
  /// Somebody's from now on.
  void renew() noexcept { word_.store(kFresh, std::memory_order_release); }

  [[nodiscard]] bool full() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    return in_use(word) >= limit(word);
  }
  [[nodiscard]] std::uint32_t in_use() const noexcept {
    return in_use(word_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::uint32_t limit() const noexcept {
    return limit(word_.load(std::memory_order_relaxed));
  }

 private:
  static constexpr int kWaitingAt = 22;
  static constexpr int kLimitAt = 40;
  static constexpr std::uint64_t kUseMask = (std::uint64_t{1} << kWaitingAt) - 1;
  static constexpr std::uint64_t kOneWaiting = std::uint64_t{1} << kWaitingAt;
  static constexpr std::uint64_t kWaitingMask = ((std::uint64_t{1} << kLimitAt) - 1) & ~kUseMask;
  static constexpr std::uint64_t kFresh = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kRetired = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kLimitMask = (kFresh - 1) & ~(kUseMask | kWaitingMask);

  [[nodiscard]] static std::uint32_t in_use(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word & kUseMask);
  }
  [[nodiscard]] static std::uint32_t limit(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>((word & kLimitMask) >> kLimitAt);
  }

  std::atomic<std::uint64_t> word_{kRetired};
};

}  // namespace lift::detail
