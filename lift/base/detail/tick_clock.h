#pragma once
// A monotonic clock for half of what asking the kernel's costs: between two looks at the kernel's
// clock the processor's time stamp counter tells how far it has come.
//
// It looks at the kernel's clock as soon as a tenth of a millisecond has passed, so that it is off
// by no more than the jitter of one look (0.2 us) and what the kernel slews meanwhile (50 ns); the
// counter's rate is measured anew every 10 ms. A counter found to run unevenly is not asked again.
// Source: the cycle clocks of quill and Abseil, anchored so often that no rate has to last.
// Thread-safety: belongs to one thread. Cost: a read 12 ns, after a look's span one of 50 ns.

#include <cstdint>

namespace lift::detail {

/// What the clock reads; a test brings its own.
struct TickSource {
  /// Whether there is a counter that runs evenly and is the same on every core: the kernel, which
  /// watches it, makes its own clock of it, by itself or by the rate that KVM tells it.
  [[nodiscard]] static bool usable() noexcept;
  [[nodiscard]] static std::uint64_t ticks() noexcept;
  [[nodiscard]] static std::int64_t kernel() noexcept;  ///< CLOCK_MONOTONIC, ns
};

template <class Source = TickSource>
class TickClock {
 public:
  constexpr TickClock() noexcept = default;
  constexpr explicit TickClock(Source source) noexcept : source_(source) {}

  /// ns on the kernel's time line; never less than at the call before.
  [[nodiscard]] std::int64_t now() noexcept {
    const std::uint64_t ticks = source_.ticks();
    const std::uint64_t since = ticks - at_ticks_;
    if (since >= span_) return look(ticks);
    return forward(at_ns_ + static_cast<std::int64_t>((since * ns_per_tick_) >> kFraction));
  }

 private:
  static constexpr int kFraction = 32;
  static constexpr double kSpan = 1e5;                   // ns from one look to the next
  static constexpr std::int64_t kMeasured = 10'000'000;  // ns over which the rate is measured
  static constexpr std::uint64_t kQuick = 1024;          // ticks: a look that was not interrupted

  [[nodiscard]] std::int64_t forward(std::int64_t ns) noexcept {
    if (ns > last_) last_ = ns;
    return last_;
  }
  [[nodiscard]] std::int64_t look(std::uint64_t before) noexcept {
    const std::int64_t ns = source_.kernel();
    const std::uint64_t took = source_.ticks() - before;
    if (took > kQuick || uneven_) return forward(ns);
    at_ticks_ = before + took / 2;
    at_ns_ = ns;
    if (from_ns_ == 0) {
      begin_measurement();
    } else if (ns - from_ns_ >= kMeasured) {
      measure(static_cast<double>(ns - from_ns_) / static_cast<double>(at_ticks_ - from_ticks_));
      begin_measurement();
    }
    return forward(ns);
  }
  void begin_measurement() noexcept {
    from_ns_ = at_ns_;
    from_ticks_ = at_ticks_;
  }
  void measure(double rate) noexcept {
    constexpr double kTolerance = 1.0 / 64;
    const double change = rate_ == 0 ? 0 : rate / rate_ - 1;
    // The bounds keep every product within its 64 bits.
    uneven_ = !(rate > 0.05 && rate < 20 && change < kTolerance && change > -kTolerance);
    rate_ = rate;
    ns_per_tick_ = uneven_ ? 0 : static_cast<std::uint64_t>(rate * 0x1.0p32);
    span_ = uneven_ ? 0 : static_cast<std::uint64_t>(kSpan / rate);
  }

  [[no_unique_address]] Source source_{};
  std::uint64_t at_ticks_ = 0;  // of the last look
  std::int64_t at_ns_ = 0;
  std::uint64_t ns_per_tick_ = 0;  // times 2^32
  std::uint64_t span_ = 0;         // ticks until the next look; 0 while the rate is not known
  std::int64_t last_ = 0;
  std::uint64_t from_ticks_ = 0;  // where the measurement of the rate began
  std::int64_t from_ns_ = 0;
  double rate_ = 0;  // ns a tick
  bool uneven_ = false;
};

}  // namespace lift::detail
