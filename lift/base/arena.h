#pragma once
// Memory that lives as long as one request: bump allocation, freed all at once.
//
// Thread-safety: one request, one loop.
// Cost: about 1 ns; the first 2 KiB are inside the arena,
// further blocks come from the heap and the largest of them is kept for the next request. Objects
// are never destroyed: store trivial types only.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lift {

class Arena {
 public:
  static constexpr std::size_t kInline = 2048;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t align = alignof(std::max_align_t)) {
    const std::size_t at = (used_ + align - 1) & ~(align - 1);
    if (at + bytes > size_) return allocate_block(bytes);
    used_ = at + bytes;
    return current_ + at;
  }

  template <class T, class... Args>
  T& make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena destroys nothing");
    static_assert(alignof(T) <= alignof(std::max_align_t), "an arena's blocks are aligned to 16");
    void* at = allocate(sizeof(T), alignof(T));
    if constexpr (std::is_aggregate_v<T>) {
      return *::new (at) T{std::forward<Args>(args)...};
    } else {
      return *::new (at) T(std::forward<Args>(args)...);
    }
  }

  [[nodiscard]] std::span<char> bytes(std::size_t n) {
    return {static_cast<char*>(allocate(n, 1)), n};
  }

  /// A copy of `text` that lives as long as the request.
  [[nodiscard]] std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    const std::span<char> out = bytes(text.size());
    std::memcpy(out.data(), text.data(), text.size());
    return {out.data(), text.size()};
  }

  /// Forgets everything, keeps the largest block for reuse.
  void reset() noexcept;

 private:
  struct Block {
    std::unique_ptr<Block> next;
    std::size_t size = 0;
    std::unique_ptr<char[]> memory;
  };
  [[nodiscard]] void* allocate_block(std::size_t bytes);

  alignas(std::max_align_t) std::array<char, kInline> inline_;
  char* current_ = inline_.data();
  std::size_t size_ = kInline;
  std::size_t used_ = 0;
  std::unique_ptr<Block> blocks_;
};

}  // namespace lift
