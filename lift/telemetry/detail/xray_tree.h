#pragma once
// Which subsegments go inside of a segment's document, and which get documents of their own.
//
// Thread-safety: none.
// Cost: allocates; a compare for each two spans.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "lift/telemetry/request_view.h"

namespace lift::detail {

/// Subsegments inside of one document.
inline constexpr std::size_t kXrayEmbedded = 100;

class XrayTree {
 public:
  /// `segment` is the segment's document without its closing brace.
  XrayTree(const RequestView& request, std::string segment);
  /// The segment with what it holds, then what it does not.
  [[nodiscard]] std::vector<std::string> take();

 private:
  struct Node {
    const SpanView* span = nullptr;
    std::string text;  // its document, without closing brace
    std::vector<std::size_t> children;
  };
  static constexpr std::size_t kRoot = 0;

  /// Gives every span that has not been reached from the root a place under `node`, and those under
  /// it in turn.
  void place_children(std::size_t node);
  void place(std::size_t parent, std::size_t index);
  void place_lost(std::size_t index);
  void write(std::string& out, std::size_t node) const;

  const RequestView& request_;
  std::vector<Node> nodes_;  // the segment, then what is embedded
  std::vector<bool> placed_;
  std::vector<std::string> apart_;
  std::size_t bytes_;
};

}  // namespace lift::detail
