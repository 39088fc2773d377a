#pragma once
// What is on its way to a destination together: entries, each of one item (a line, a point) or of
// several that were encoded as one (a request's spans).
//
// Thread-safety: a plain value.
// Cost: the bytes lie end to end in one string, 24 bytes an entry beside them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"

namespace lift {

class Batch {
 public:
  /// Entries.
  [[nodiscard]] std::size_t size() const noexcept { return marks_.size(); }
  [[nodiscard]] std::size_t items() const noexcept { return items_; }
  [[nodiscard]] bool empty() const noexcept { return marks_.empty(); }
  /// The i-th entry as it was encoded, in order of arrival.
  [[nodiscard]] std::string_view entry(std::size_t i) const noexcept {
    const std::size_t begin = i == 0 ? 0 : marks_[i - 1].end;
    return std::string_view(bytes_).substr(begin, marks_[i].end - begin);
  }
  [[nodiscard]] WallTime time(std::size_t i) const noexcept { return marks_[i].time; }
  /// All entries end to end.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint32_t items(std::size_t i) const noexcept { return marks_[i].items; }

  void add(std::string_view entry, WallTime time, std::uint32_t items = 1) {
    bytes_ += entry;
    marks_.push_back({.end = bytes_.size(), .time = time, .items = items});
    items_ += items;
  }
  /// Keeps the entries at `indices`, which rise, and no others.
  void keep(const std::vector<std::uint32_t>& indices);
  /// Empties it; what it allocated stays.
  void clear() noexcept {
    bytes_.clear();
    marks_.clear();
    items_ = 0;
  }

 private:
  struct Mark {
    std::size_t end;
    WallTime time;
    std::uint32_t items;
  };
  std::string bytes_;
  std::vector<Mark> marks_;
  std::size_t items_ = 0;
};

}  // namespace lift
