#pragma once
// Who is next, of many who wait, so that nobody takes more of the service than their weight: a pure
// data structure.
//
// Each key's waiters stand in the shortest of a few queues that its hash deals it (shuffle
// sharding): a key with very many fills its own hand, and hardly any other key has the same.
// Between queues, start-time fair queueing: the next is the one that had least of the service's
// time; an estimate of it is charged at once and corrected when the real time is known. A higher
// priority goes before; among equals the oldest, or the newest if asked for.
//
// Source: Kubernetes' API Priority and Fairness (hand, correction); P. Goyal, H. Vin, H. Cheng,
// "Start-time Fair Queueing" (1996).
// Thread-safety: none.
// Cost: adding looks at a hand of queues; next() at each queue that is not empty and at the waiters
// in front of the first who may go. No allocation.

#include <array>
#include <cstddef>
#include <cstdint>

#include "lift/base/clock.h"
#include "lift/base/intrusive_list.h"
#include "lift/chain/route_options.h"

namespace lift {

class FairQueue {
 public:
  static constexpr std::size_t kMostQueues = 64;

  /// One who waits. Destroy it only when it stands in no queue.
  struct Waiter : Link {
    std::uint64_t key = 0;  ///< a hash
    Priority priority = Priority::normal;
    double weight = 1;
    Instant since{};
    std::uint8_t queue = 0;  ///< where it stands or stood
  };
  /// To be given back to correct() by who was served.
  struct Charge {
    std::uint8_t queue = 0;
    float weight = 1;
    Duration estimate{};
  };

  /// `queues` 1 to 64, `hand` 1 to `queues`; `length` waiters in each queue.
  FairQueue(std::uint32_t queues, std::uint32_t hand, std::uint32_t length) noexcept
      : queues_(queues), hand_(hand), length_(length) {}

  /// False if the queues of its hand are full.
  [[nodiscard]] bool add(Waiter& waiter) noexcept;
  void remove(Waiter& waiter) noexcept;

  /// The next of those for whom `may_go(waiter)` holds, null if there is none; it stays where it
  /// is.
  template <class MayGo>
  [[nodiscard]] Waiter* next(bool newest_first, MayGo&& may_go);
  /// Takes it out and charges its queue.
  Charge take(Waiter& waiter, Duration estimate) noexcept;
  /// The service's time was `actual`.
  void correct(const Charge& charge, Duration actual) noexcept;

  /// The one who has waited longest of all, null if nobody does.
  [[nodiscard]] Waiter* oldest() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t kPriorities = 4;
  struct Queue {
    IntrusiveList<Waiter> waiters;
    std::array<std::uint16_t, kPriorities> of_priority{};
    std::uint32_t size = 0;
    double start = 0;  ///< in nanoseconds of service, by weight
  };
  /// The first that may go of the highest priority that has one.
  template <class MayGo>
  [[nodiscard]] static Waiter* first_of(Queue& queue, bool newest_first, MayGo&& may_go);

  const std::uint32_t queues_;
  const std::uint32_t hand_;
  const std::uint32_t length_;
  std::array<Queue, kMostQueues> all_;
  std::size_t size_ = 0;
  double now_ = 0;  ///< the start of who was served last
};

template <class MayGo>
FairQueue::Waiter* FairQueue::first_of(Queue& queue, bool newest_first, MayGo&& may_go) {
  for (std::size_t priority = kPriorities; priority-- > 0;) {
    if (queue.of_priority[priority] == 0) continue;
    const auto fits = [&](Waiter& waiter) {
      return static_cast<std::size_t>(waiter.priority) == priority && may_go(waiter);
    };
    Waiter* const found =
        newest_first ? queue.waiters.find_last(fits) : queue.waiters.find_first(fits);
    if (found != nullptr) return found;
  }
  return nullptr;
}

template <class MayGo>
FairQueue::Waiter* FairQueue::next(bool newest_first, MayGo&& may_go) {
  Waiter* best = nullptr;
  for (std::size_t i = 0; i < queues_; ++i) {
    if (all_[i].size == 0) continue;
    Waiter* const its = first_of(all_[i], newest_first, may_go);
    if (its == nullptr) continue;
    const bool better =
        best == nullptr || its->priority > best->priority ||
        (its->priority == best->priority && all_[i].start < all_[best->queue].start);
    if (better) best = its;
  }
  return best;
}

}  // namespace lift
