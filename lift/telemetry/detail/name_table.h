#pragma once
// Finds the words of a name. Private to lift/telemetry.
//
// A name is cut into segments at whatever is no letter or digit, between letters and digits, and
// where camelCase begins a word. One to four segments in a row, run together, make a word.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "lift/telemetry/detail/sensitive_words.h"

namespace lift::detail {

inline constexpr std::size_t kMaxWord = 32;
inline constexpr std::size_t kMaxSegmentsOfWord = 4;
inline constexpr std::size_t kMaxName = 256;

/// A name's letters and digits in lower case, and where its segments begin.
class Segments {
 public:
  /// `name` has at most kMaxName bytes.
  explicit Segments(std::string_view name) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// The segments from `first` up to `last`, run together.
  [[nodiscard]] std::string_view run(std::size_t first, std::size_t last) const noexcept {
    return {text_.data() + starts_[first], std::size_t{starts_[last]} - starts_[first]};
  }
  [[nodiscard]] std::string_view all() const noexcept { return run(0, count_); }

 private:
  std::array<char, kMaxName + kMaxWord> text_;  // words are read by whole registers
  std::array<std::uint16_t, kMaxName + 1> starts_;
  std::size_t count_ = 0;
};

/// Words by hash: built once, read without lock.
class NameTable {
 public:
  struct Entry {
    WordRole role = WordRole::anywhere;
    Sensitivity sensitivity = Sensitivity::open;
  };

  /// `word` is the lower-case letters and digits of one, at most kMaxWord of them. The last added
  /// counts.
  void add(std::string_view word, Entry entry);
  /// `word` comes from a Segments, or has kMaxWord readable bytes otherwise.
  [[nodiscard]] const Entry* find(std::string_view word) const noexcept;

 private:
  struct Slot {
    std::array<std::uint64_t, 4> key{};
    bool used = false;
    Entry entry;
  };
  using Key = std::array<std::uint64_t, 4>;
  [[nodiscard]] static std::size_t hash(const Key& key) noexcept;
  [[nodiscard]] std::size_t place(const Key& key) const noexcept;
  void grow();

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  // For each length the first letters that words of it have: most segments are no word's.
  std::array<std::uint64_t, kMaxWord + 1> first_letters_{};
};

}  // namespace lift::detail
