#pragma once
// Counts what a piece of code allocates, so that "allocates nothing" is an assertion.
//
// Counts every operator new of a program that links the target lift_allocations, which replaces it;
// memory taken by malloc directly is not seen. Under AddressSanitizer, MemorySanitizer and
// ThreadSanitizer, which bring their own operator new, nothing is counted and available() is false:
// skip the assertion there.
//
// Thread-safety: count from any thread.
// Cost: about 6 ns an allocation, for the whole program.

#include <cstdint>

namespace lift {

class AllocationCounter {
 public:
  enum class Of : std::uint8_t { this_thread, process };

  /// Begins at zero. With this_thread, read it on the thread that made it.
  explicit AllocationCounter(Of of = Of::this_thread) noexcept;

  /// Allocations since it was made.
  [[nodiscard]] std::uint64_t count() const noexcept;
  /// False where the program's allocations cannot be counted; count() is 0 then.
  [[nodiscard]] static bool available() noexcept;

 private:
  Of of_;
  std::uint64_t before_;
};

}  // namespace lift
