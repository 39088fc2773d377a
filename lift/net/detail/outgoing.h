#pragma once
// Bytes on their way out: those put together here, then at most one body that is sent from where
// it lies.
//
// Thread-safety: belongs to one connection.
// Cost: small bodies are copied, so that pipelined answers leave in one write.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace lift::detail {

class Outgoing {
 public:
  static constexpr std::size_t kCopied = 4096;  ///< bodies up to this size are copied
  static constexpr std::size_t kGathered =
      64 * 1024;  ///< no more answers are put together beyond this

  /// What is sent first; append to it only while gathering().
  std::string bytes;

  /// Appends a body, by copy if small; a larger one must live until all is sent.
  void add_body(std::string_view body) {
    if (body.size() <= kCopied) {
      bytes.append(body);
    } else {
      body_ = body;
    }
  }
  /// Appends `body`, sent from where it lies, and `tail`, which is static.
  void refer(std::string_view body, std::string_view tail) noexcept {
    body_ = body;
    tail_ = tail;
  }

  [[nodiscard]] bool empty() const noexcept {
    return bytes.empty() && body_.empty() && tail_.empty();
  }
  [[nodiscard]] bool gathering() const noexcept { return body_.empty() && tail_.empty(); }
  [[nodiscard]] bool has_room() const noexcept { return gathering() && bytes.size() < kGathered; }
  [[nodiscard]] std::array<std::string_view, 3> parts() const noexcept {
    return {std::string_view(bytes).substr(done_), body_, tail_};
  }
  /// `n` bytes have been sent.
  void sent(std::size_t n) noexcept {
    const std::size_t first = std::min(n, bytes.size() - done_);
    done_ += first;
    n -= first;
    for (std::string_view* part : {&body_, &tail_}) {
      const std::size_t some = std::min(n, part->size());
      part->remove_prefix(some);
      n -= some;
    }
    if (done_ == bytes.size() && gathering()) clear();
  }
  void clear() noexcept {
    bytes.clear();
    body_ = tail_ = {};
    done_ = 0;
  }

 private:
  std::string_view body_;
  std::string_view tail_;
  std::size_t done_ = 0;  // of bytes
};

}  // namespace lift::detail
