#pragma once
// Items on their way to a destination together.
//
// Thread-safety: a plain value.
// Cost: its items' bytes lie end to end in one string, 24 bytes an item beside them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"

namespace lift {

class Batch {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return marks_.size(); }
  [[nodiscard]] bool empty() const noexcept { return marks_.empty(); }
  /// The i-th item as it was encoded, in order of arrival.
  [[nodiscard]] std::string_view item(std::size_t i) const noexcept {
    const std::size_t begin = i == 0 ? 0 : marks_[i - 1].end;
    return std::string_view(bytes_).substr(begin, marks_[i].end - begin);
  }
  [[nodiscard]] WallTime time(std::size_t i) const noexcept { return marks_[i].time; }
  /// Of all items, without what a destination's format adds.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }

  void add(std::string_view item, WallTime time) {
    bytes_ += item;
    marks_.push_back({bytes_.size(), time});
  }
  /// Keeps the items at `indices`, which rise, and no others.
  void keep(const std::vector<std::uint32_t>& indices);
  /// Empties it; what it allocated stays.
  void clear() noexcept {
    bytes_.clear();
    marks_.clear();
  }

 private:
  struct Mark {
    std::size_t end;
    WallTime time;
  };
  std::string bytes_;
  std::vector<Mark> marks_;
};

}  // namespace lift
