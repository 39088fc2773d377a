#pragma once
// SIGTERM, SIGINT and SIGHUP as something to wait for.
//
// Make one before any other thread exists: it blocks the signals for this thread and all that it
// starts.
// Thread-safety: interrupt() from any thread; wait() from one.
// Cost: one descriptor each.

namespace lift {

class Signals {
 public:
  /// Throws std::system_error if the process has no descriptors left.
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  /// Unblocks them again.
  ~Signals();

  /// Waits for a signal and returns its number, or 0 after interrupt(). Each arrival is told once.
  [[nodiscard]] int wait() noexcept;
  /// Makes one wait(), this or the next, return 0.
  void interrupt() noexcept;

 private:
  int signals_;
  int interrupts_;
};

}  // namespace lift
