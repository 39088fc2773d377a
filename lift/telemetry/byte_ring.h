#pragma once
// A bounded queue of byte records between one thread that writes and one that reads, without locks.
//
// A record lies in one piece; what is left at the end of the memory is skipped. Each side keeps a
// copy of the other's position and looks again only when that says full or empty.
// Source: the single-producer ring with cached indices of quill and fmtlog (Rigtorp 2021).
// Thread-safety: reserve() and commit() from one thread, front() and pop() from one other.
// Cost: about 4 ns a record and side.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace lift {

class ByteRing {
 public:
  static constexpr std::size_t kAlign = 8;

  /// `bytes` is rounded up to a power of two, 4 KiB at least. All of it is touched at once, so that
  /// no page is missing later.
  explicit ByteRing(std::size_t bytes);
  ByteRing(const ByteRing&) = delete;
  ByteRing& operator=(const ByteRing&) = delete;
  ~ByteRing() = default;

  /// Room for a record of `bytes`, aligned to 8, or null if the ring would then hold more than
  /// `limit` bytes. The limit is what lets important records in where others find no room.
  [[nodiscard]] std::byte* reserve(std::size_t bytes, std::size_t limit) noexcept;
  /// Hands over what reserve() gave, of which `bytes` are used: no more than were asked for.
  void commit(std::size_t bytes) noexcept;

  /// The oldest record; empty if there is none. It holds until pop().
  [[nodiscard]] std::span<const std::byte> front() noexcept;
  void pop() noexcept;

  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }
  /// Bytes that wait, as either side may see them.
  [[nodiscard]] std::size_t used() const noexcept {
    return head_.load(std::memory_order_acquire) - tail_.load(std::memory_order_acquire);
  }
  /// Positions that only grow: to where records are handed over, and to where they are popped. The
  /// latter is the reader's.
  [[nodiscard]] std::size_t written() const noexcept {
    return head_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::size_t popped() const noexcept {
    return tail_.load(std::memory_order_relaxed);
  }
  /// More than half full, as the writer sees it.
  [[nodiscard]] bool crowded() noexcept;
  /// Forgets everything: after a fork, in the child, where no other thread exists.
  void clear() noexcept;

 private:
  using Length = std::uint64_t;
  static constexpr Length kSkip = ~Length{0};  // the rest up to the end of the memory is unused
  static constexpr std::size_t kCacheLine = 64;

  [[nodiscard]] std::byte* at(std::size_t position) const noexcept {
    return memory_.get() + (position & mask_);
  }
  [[nodiscard]] static std::size_t whole(std::size_t bytes) noexcept {
    return sizeof(Length) + ((bytes + kAlign - 1) & ~(kAlign - 1));
  }

  std::size_t mask_;
  std::unique_ptr<std::byte[]> memory_;
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};  // written by the writer
  std::size_t reserved_ = 0;                              // where the reserved record begins
  std::size_t known_tail_ = 0;
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};  // written by the reader
  std::size_t known_head_ = 0;
};

}  // namespace lift
