#pragma once
// How many requests at work at once serve most: a pure policy, told of each window what came of its
// limit.
//
// Latency that rises against its own long-run mean is a queue somewhere behind: limit · (1 −
// mean / now) requests long. A long queue lowers the limit, a short one raises it, both by
// log10(limit). Whether a limit that is used up does any good is judged by how throughput and
// latency went with it lately: where more at work brought no more through, it is lowered, also when
// the mean has crept up with the queue, until less comes through than did. Requests that ran out of
// time lower it by a tenth. What is not used, neither half of the limit nor less, says nothing, and
// lets it drift back to where it began.
// Source: failsafe-go's adaptive limiter (Vegas' thresholds on a gradient, guarded by correlation);
// that lost requests are congestion, and that a limit at its minimum measures its mean anew, is
// from AIMD and from Envoy's gradient controller.
// Thread-safety: none.
// Cost: some microseconds a window.

#include <array>
#include <cstddef>
#include <cstdint>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

struct AdaptiveLimitOptions {
  std::uint32_t initial = 512;      ///< `minimum` to `maximum`
  std::uint32_t minimum = 32;       ///< 1 to `maximum`
  std::uint32_t maximum = 100'000;  ///< up to 1,000,000

  [[nodiscard]] Problems validate() const;
  bool operator==(const AdaptiveLimitOptions&) const = default;
};

class AdaptiveLimit {
 public:
  /// What came of a window's requests.
  struct Window {
    Duration latency{};              ///< of nine of ten that ended
    double throughput = 0;           ///< that ended, a second
    std::uint32_t most_at_work = 0;  ///< at once
    std::uint64_t ended = 0;
    std::uint64_t lost = 0;  ///< of them, for want of time
  };
  /// Fewer say nothing.
  static constexpr std::uint64_t kLeastEnded = 50;

  /// `options` must be valid.
  explicit AdaptiveLimit(const AdaptiveLimitOptions& options) noexcept;

  void window(const Window& window) noexcept;
  [[nodiscard]] std::uint32_t limit() const noexcept { return static_cast<std::uint32_t>(limit_); }

 private:
  /// The last windows of two figures, and how one goes with the other.
  class Pairs {
   public:
    void add(double x, double y) noexcept;
    /// Between −1 and 1; 0 where nothing can be said.
    [[nodiscard]] double correlation() const noexcept;
    /// Standard deviation of y by its mean.
    [[nodiscard]] double variation() const noexcept;
    /// The largest y.
    [[nodiscard]] double most() const noexcept;

   private:
    static constexpr std::size_t kMost = 50;
    std::array<double, kMost> x_{};
    std::array<double, kMost> y_{};
    std::size_t next_ = 0;
    std::size_t size_ = 0;
  };

  [[nodiscard]] double queue_at(double latency) noexcept;
  [[nodiscard]] bool does_no_good(double throughput) const noexcept;
  void change(double by) noexcept;

  AdaptiveLimitOptions options_;
  double limit_;
  double mean_ = 0;  ///< of latency, in nanoseconds
  int windows_ = 0;
  int at_minimum_ = 0;
  Pairs throughput_;
  Pairs latency_;
};

}  // namespace lift
