#include "lift/resilience/fair_queue.h"

#include <algorithm>

namespace lift {

bool FairQueue::add(Waiter& waiter) noexcept {
  // Cards are dealt from the hash without putting any back.
  std::array<std::uint8_t, kMostQueues> cards{};
  for (std::size_t i = 0; i < queues_; ++i) cards[i] = static_cast<std::uint8_t>(i);
  std::uint64_t rest = waiter.key;
  std::uint8_t shortest = 0;
  std::uint32_t least = UINT32_MAX;
  for (std::uint32_t dealt = 0; dealt < hand_; ++dealt) {
    const std::uint32_t left = queues_ - dealt;
    std::swap(cards[rest % left], cards[left - 1]);
    rest /= left;
    const std::uint8_t card = cards[left - 1];
    if (all_[card].size < least) shortest = card, least = all_[card].size;
  }
  if (least >= length_) return false;
  Queue& queue = all_[shortest];
  if (queue.size == 0) queue.start = std::max(queue.start, now_);
  waiter.queue = shortest;
  queue.waiters.push_back(waiter);
  ++queue.size;
  ++queue.of_priority[static_cast<std::size_t>(waiter.priority)];
  ++size_;
  return true;
}

void FairQueue::remove(Waiter& waiter) noexcept {
  Queue& queue = all_[waiter.queue];
  waiter.unlink();
  --queue.size;
  --queue.of_priority[static_cast<std::size_t>(waiter.priority)];
  --size_;
}

FairQueue::Charge FairQueue::take(Waiter& waiter, Duration estimate) noexcept {
  remove(waiter);
  Queue& queue = all_[waiter.queue];
  now_ = std::max(now_, queue.start);
  queue.start += static_cast<double>(estimate.count()) / waiter.weight;
  return {.queue = waiter.queue, .weight = static_cast<float>(waiter.weight), .estimate = estimate};
}

void FairQueue::correct(const Charge& charge, Duration actual) noexcept {
  Queue& queue = all_[charge.queue];
  queue.start += static_cast<double>((actual - charge.estimate).count()) / charge.weight;
}

FairQueue::Waiter* FairQueue::oldest() noexcept {
  Waiter* oldest = nullptr;
  for (std::size_t i = 0; i < queues_; ++i) {
    Waiter* const first = all_[i].waiters.front();
    if (first != nullptr && (oldest == nullptr || first->since < oldest->since)) oldest = first;
  }
  return oldest;
}

}  // namespace lift
