#pragma once
// A growing run of trivial elements whose first N live inside the object; what was allocated beyond
// is kept by clear().
//
// Thread-safety: a plain value.
// Cost: no allocation up to N elements; a move copies only what is used, or a pointer.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace lift {

template <class T, std::uint32_t N>
class InlineBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  InlineBuffer() = default;
  InlineBuffer(InlineBuffer&& other) noexcept { take(other); }
  InlineBuffer& operator=(InlineBuffer&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }
  ~InlineBuffer() = default;

  [[nodiscard]] T* data() noexcept { return heap_ ? heap_.get() : inside_.data(); }
  [[nodiscard]] const T* data() const noexcept { return heap_ ? heap_.get() : inside_.data(); }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  T& operator[](std::size_t i) noexcept { return data()[i]; }
  const T& operator[](std::size_t i) const noexcept { return data()[i]; }

  /// Makes room for `more` elements. Returns the block they leave, if any: keep it until sources
  /// that may lie in it are copied. Throws std::length_error beyond 2^32-1 elements.
  [[nodiscard]] std::unique_ptr<T[]> reserve_more(std::size_t more) {
    if (more <= capacity_ - size_) return nullptr;
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    if (more > kMost - size_) throw std::length_error("InlineBuffer");
    const std::size_t wanted = std::min(kMost, std::max(size_ + more, std::size_t{capacity_} * 2));
    auto grown = std::make_unique_for_overwrite<T[]>(wanted);
    std::memcpy(grown.get(), data(), size_ * sizeof(T));
    capacity_ = static_cast<std::uint32_t>(wanted);
    return std::exchange(heap_, std::move(grown));
  }
  [[nodiscard]] bool has_room(std::size_t more) const noexcept { return more <= capacity_ - size_; }
  /// Appends elements for which there is room.
  void append(const T* from, std::size_t n) noexcept {
    if (n > 0) std::memcpy(data() + size_, from, n * sizeof(T));
    size_ += static_cast<std::uint32_t>(n);
  }
  /// Takes in `n` elements that were written behind the last, where there was room.
  void extend(std::size_t n) noexcept { size_ += static_cast<std::uint32_t>(n); }
  /// Forgets all but the first `n`.
  void truncate(std::size_t n) noexcept { size_ = static_cast<std::uint32_t>(n); }
  void clear() noexcept { size_ = 0; }

 private:
  void take(InlineBuffer& other) noexcept {
    size_ = std::exchange(other.size_, 0);
    if (other.heap_) {
      heap_ = std::move(other.heap_);
      capacity_ = std::exchange(other.capacity_, N);
    } else {
      std::memcpy(data(), other.data(), size_ * sizeof(T));
    }
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = N;
  std::unique_ptr<T[]> heap_;
  std::array<T, N> inside_;
};

}  // namespace lift
