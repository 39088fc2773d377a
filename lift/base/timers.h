#pragma once
// Wake-ups: a hierarchical timer wheel, tickless.
//
// Source: Varghese and Lauck 1987, scheme 7: four levels of 256 slots, one tick a millisecond, so
// 49 days exactly and anything beyond by coming round again. Occupancy bitmaps let it jump over
// empty time: with nothing armed nobody wakes. Precision: a timer never fires early, and at most
// one tick late by its own doing.
// Thread-safety: belongs to one loop.
// Cost: arm and cancel about 3
// ns each, no allocation.

#include <array>
#include <cstdint>
#include <optional>

#include "lift/base/clock.h"
#include "lift/base/intrusive_list.h"

namespace lift {

/// One wake-up. Derive from it and find yourself again by static_cast in the callback. Destroying
/// it cancels it.
class Timer : public Link {
 public:
  using Fire = void (*)(Timer&) noexcept;
  explicit Timer(Fire fire) noexcept : fire_(fire) {}
  [[nodiscard]] bool armed() const noexcept { return linked(); }
  void cancel() noexcept { unlink(); }

 private:
  friend class Timers;
  Fire fire_;
  std::uint64_t tick_ = 0;
};

/// Told when the wheel must be advanced sooner than it last asked for; the loop arms its one system
/// timer by it.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake_at(Instant when) noexcept = 0;
};

class Timers {
 public:
  /// `waker` may be null where the owner polls next_wake() itself. It must outlive the wheel.
  explicit Timers(Instant start, Waker* waker = nullptr) noexcept;

  /// Fires once at or after `when`; one that is already past fires at the next advance. Re-arms if
  /// armed.
  void arm(Timer& timer, Instant when) noexcept;

  /// Fires what is due at `now`, then tells the waker of the next wake-up. Time that runs backwards
  /// is ignored.
  void advance(Instant now) noexcept;

  /// When advance() should next be called; nothing if no timer is armed. May be early after a
  /// cancellation.
  [[nodiscard]] std::optional<Instant> next_wake() noexcept;

 private:
  static constexpr int kLevels = 4;
  static constexpr int kBits = 8;
  static constexpr std::uint64_t kSlots = 1U << kBits;
  struct Level {
    std::array<IntrusiveList<Timer>, kSlots> slots;
    std::array<std::uint64_t, kSlots / 64> occupied{};
  };

  void place(Timer& timer, IntrusiveList<Timer>& due) noexcept;
  void cascade(IntrusiveList<Timer>& due) noexcept;
  void fire(IntrusiveList<Timer>& list) noexcept;
  [[nodiscard]] std::uint64_t next_tick() noexcept;
  [[nodiscard]] std::uint64_t next_slot() noexcept;
  [[nodiscard]] std::uint64_t next_at_level(int level) noexcept;
  void ask(std::uint64_t tick) noexcept;

  std::array<Level, kLevels> levels_;
  IntrusiveList<Timer> due_;
  std::uint64_t current_;
  std::uint64_t asked_ = UINT64_MAX;
  Waker* waker_;
};

}  // namespace lift
