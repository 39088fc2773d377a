#pragma once
// Bytes received and not yet used.
//
// Thread-safety: belongs to one connection.
// Cost: allocates to grow; moving it is moving a pointer.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace lift::detail {

class ReadBuffer {
 public:
  static constexpr std::size_t kInitial = 4 * 1024;
  static constexpr std::size_t kLarge = 32 * 1024;

  [[nodiscard]] std::string_view view() const noexcept {
    return {bytes_.get() + begin_, end_ - begin_};
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::span<char> space() noexcept { return {bytes_.get() + end_, capacity_ - end_}; }
  [[nodiscard]] bool has_space() const noexcept { return end_ < capacity_; }
  void added(std::size_t n) noexcept { end_ += n; }
  void consume(std::size_t n) noexcept {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() noexcept { begin_ = end_ = 0; }

  /// Makes space() hold something, moving what is there or growing up to `most` bytes. False if it
  /// cannot.
  bool make_room(std::size_t most) {
    if (!may_grow(most)) return false;
    if (end_ == capacity_) {
      resize(begin_ > 0 ? capacity_ : std::min(most, std::max(kInitial, capacity_ * 2)));
    }
    return true;
  }
  /// Makes the whole buffer at least `n` bytes, for peers that send much.
  void reserve(std::size_t n) {
    if (capacity_ < n) resize(n);
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// make_room(most) would succeed.
  [[nodiscard]] bool may_grow(std::size_t most) const noexcept {
    return end_ < capacity_ || begin_ > 0 || capacity_ < most;
  }

 private:
  void resize(std::size_t capacity) {
    const std::string_view held = view();
    if (capacity == capacity_) {
      std::memmove(bytes_.get(), held.data(), held.size());
    } else {
      auto grown = std::make_unique_for_overwrite<char[]>(capacity);
      if (!held.empty()) std::memcpy(grown.get(), held.data(), held.size());
      bytes_ = std::move(grown);
      capacity_ = capacity;
    }
    end_ = held.size();
    begin_ = 0;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace lift::detail
