#include "lift/telemetry/byte_ring.h"

#include <algorithm>
#include <bit>

namespace lift {
namespace {

constexpr std::size_t kSmallest = 4096;
constexpr std::size_t kAhead = 384;  // bytes that the next record will hardly need more of

/// Asks for a cache line that will be written, which another core has read.
void prefetch_to_write(const std::byte* line) noexcept {
#ifdef __x86_64__
  asm("prefetchw %0" : : "m"(*line));
#else
  __builtin_prefetch(line, 1);
#endif
}

}  // namespace

ByteRing::ByteRing(std::size_t bytes)
    : mask_(std::bit_ceil(std::max(bytes, kSmallest)) - 1),
      memory_(std::make_unique<std::byte[]>(mask_ + 1)) {}

std::byte* ByteRing::reserve(std::size_t bytes, std::size_t limit) noexcept {
  const std::size_t head = head_.load(std::memory_order_relaxed);
  const std::size_t need = whole(bytes);
  const std::size_t to_end = capacity() - (head & mask_);
  const std::size_t skipped = need > to_end ? to_end : 0;
  const std::size_t most = std::min(limit, capacity());
  if (head - known_tail_ + skipped + need > most) {
    known_tail_ = tail_.load(std::memory_order_acquire);
    if (head - known_tail_ + skipped + need > most) return nullptr;
  }
  // Everything is a multiple of eight, so a length always fits where memory is left at all.
  if (skipped > 0) std::memcpy(at(head), &kSkip, sizeof(kSkip));
  reserved_ = head + skipped;
  return at(reserved_) + sizeof(Length);
}

void ByteRing::commit(std::size_t bytes) noexcept {
  const Length length = bytes;
  std::memcpy(at(reserved_), &length, sizeof(length));
  const std::size_t head = reserved_ + whole(bytes);
  head_.store(head, std::memory_order_release);
  for (std::size_t ahead = kCacheLine; ahead <= kAhead; ahead += kCacheLine) {
    prefetch_to_write(at(head + ahead));
  }
}

std::span<const std::byte> ByteRing::front() noexcept {
  std::size_t tail = tail_.load(std::memory_order_relaxed);
  if (tail == known_head_) known_head_ = head_.load(std::memory_order_acquire);
  if (tail == known_head_) return {};
  Length length = 0;
  std::memcpy(&length, at(tail), sizeof(length));
  if (length == kSkip) {
    tail += capacity() - (tail & mask_);
    tail_.store(tail, std::memory_order_release);
    std::memcpy(&length, at(tail), sizeof(length));
  }
  return {at(tail) + sizeof(Length), static_cast<std::size_t>(length)};
}

void ByteRing::pop() noexcept {
  const std::size_t tail = tail_.load(std::memory_order_relaxed);
  Length length = 0;
  std::memcpy(&length, at(tail), sizeof(length));
  tail_.store(tail + whole(static_cast<std::size_t>(length)), std::memory_order_release);
}

bool ByteRing::crowded() noexcept {
  const std::size_t head = head_.load(std::memory_order_relaxed);
  if (head - known_tail_ <= capacity() / 2) return false;
  known_tail_ = tail_.load(std::memory_order_acquire);
  return head - known_tail_ > capacity() / 2;
}

void ByteRing::clear() noexcept {
  const std::size_t head = head_.load(std::memory_order_relaxed);
  tail_.store(head, std::memory_order_relaxed);
  known_head_ = known_tail_ = head;
}

}  // namespace lift
