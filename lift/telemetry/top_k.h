#pragma once
// Who counts most, in bounded memory: the Space-Saving sketch (Metwally, Agrawal, El Abbadi 2005).
//
//   TopK tenants(50);
//   if (const auto replaced = tenants.add("acme", 1)) forget(*replaced);
//
// Of a total weight N, every key of more than N / K is among the K kept ones, and a kept count is
// too large by at most its `error`, which is at most N / K.
// Thread-safety: none; one for each thread, or under a lock.
// Cost: an add about 15 ns for a key that is kept, about 250 ns for one that displaces another.
// Allocates at construction and for keys longer than 15 bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lift {

class TopK {
 public:
  static constexpr std::size_t kMaxKey = 64;

  struct Entry {
    std::string key;
    std::uint64_t count = 0;  ///< at least what the key has, at most `error` more
    std::uint64_t error = 0;
  };

  /// `capacity` is K, 1 to 65,536; other values are taken as the nearest of them.
  explicit TopK(std::size_t capacity);

  /// Adds `weight` to `key`, of which the first 64 bytes count. Gives the key that had to leave for
  /// it, if any.
  std::optional<std::string> add(std::string_view key, std::uint64_t weight = 1);

  /// Null if the key is not kept. Valid until the next add.
  [[nodiscard]] const Entry* find(std::string_view key) const;
  /// All that are kept, the largest count first, of equal ones by key.
  [[nodiscard]] std::vector<Entry> entries() const;
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const noexcept {
      return std::hash<std::string_view>{}(key);
    }
  };

  void sink(std::size_t at);
  void rise(std::size_t at);
  void swap(std::size_t a, std::size_t b);

  std::size_t capacity_;
  std::uint64_t total_ = 0;
  std::vector<Entry> heap_;  // the smallest count first
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
};

}  // namespace lift
